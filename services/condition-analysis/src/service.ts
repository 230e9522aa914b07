import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import figures from '../migrations/0002-figures.sql';
import exportsSql from '../migrations/0100-exports.sql';
import lateData from '../migrations/0110-late-data.sql';
import adviceAndCatalogue from '../migrations/0120-advice-and-catalogue.sql';
import deviceCounts from '../migrations/0125-device-counts.sql';
import exchangesAndBursts from '../migrations/0130-exchanges-and-bursts.sql';
import craneHourValue from '../migrations/0111-crane-hour-value.sql';
import { ConditionAnalysisModule } from './condition-analysis.module';
import { conditionConfig } from './config';
import { views } from './views';

/** condition-analysis: moves, features, limits, health and recommendations. */
export const conditionAnalysis = defineService({
  name: 'condition-analysis',
  doc: 'Moves, features, baselines, limits, health and recommendations of every spreader.',
  config: conditionConfig,
  migrations: {
    '0001-init.sql': init,
    '0002-figures.sql': figures,
    '0100-exports.sql': exportsSql,
    '0110-late-data.sql': lateData,
    '0111-crane-hour-value.sql': craneHourValue,
    '0120-advice-and-catalogue.sql': adviceAndCatalogue,
    '0125-device-counts.sql': deviceCounts,
    '0130-exchanges-and-bursts.sql': exchangesAndBursts,
  },
  views,
  store: true,
  module: ConditionAnalysisModule,
});

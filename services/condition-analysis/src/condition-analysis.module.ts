import { Module } from '@nestjs/common';
import { FindingsController } from './answer/findings.controller';
import { FiguresController } from './answer/figures.controller';
import { PassportsController } from './answer/passports.controller';
import { RulesController } from './answer/rules.controller';
import { SpreadersController } from './answer/spreaders.controller';
import { BookReactor } from './react/book.reactor';
import { FleetReactor } from './react/fleet.reactor';
import { TelemetryReactor } from './react/telemetry.reactor';

/** The parts of condition-analysis. */
@Module({
  controllers: [
    TelemetryReactor,
    FleetReactor,
    BookReactor,
    SpreadersController,
    FindingsController,
    FiguresController,
    RulesController,
    PassportsController,
  ],
})
export class ConditionAnalysisModule {}

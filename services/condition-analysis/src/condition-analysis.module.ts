import { Module } from '@nestjs/common';
import type { Clock, ObjectStore, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, LOGGER, OBJECT_STORE, STORE, type AuditTrail, type Logger } from '@quaywatch/runtime';
import { FindingsController } from './answer/findings.controller';
import { BookReactor } from './react/book.reactor';
import { ExportJobs } from './exports/export-jobs';
import { ExportsController } from './exports/exports.controller';
import { DeviceCountsController } from './answer/device-counts.controller';
import { FiguresController } from './answer/figures.controller';
import { FormatsController } from './answer/formats.controller';
import { PassportsController } from './answer/passports.controller';
import { RulesController } from './answer/rules.controller';
import { SpreadersController } from './answer/spreaders.controller';
import { AdviceController } from './answer/advice.controller';
import { SettingsController } from './catalogue/settings.controller';
import { FleetReactor } from './react/fleet.reactor';
import { PolicyReactor } from './react/policy.reactor';
import { TelemetryReactor } from './react/telemetry.reactor';

/** The parts of condition-analysis. */
@Module({
  controllers: [
    TelemetryReactor,
    FleetReactor,
    BookReactor,
    PolicyReactor,
    AdviceController,
    ExportsController,
    DeviceCountsController,
    FiguresController,
    FindingsController,
    FormatsController,
    PassportsController,
    RulesController,
    SettingsController,
    SpreadersController,
  ],
  providers: [
    {
      provide: ExportJobs,
      useFactory: (store: ViewStore, objects: ObjectStore, clock: Clock, audit: AuditTrail, logger: Logger) =>
        new ExportJobs(store, objects, clock, audit, logger),
      inject: [STORE, OBJECT_STORE, CLOCK, AUDIT, LOGGER],
    },
  ],
})
export class ConditionAnalysisModule {}

import { Module } from '@nestjs/common';
import { FindingsController } from './answer/findings.controller';
import { FormatsController } from './answer/formats.controller';
import { SpreadersController } from './answer/spreaders.controller';
import { FleetReactor } from './react/fleet.reactor';
import { TelemetryReactor } from './react/telemetry.reactor';

/** The parts of condition-analysis. */
@Module({ controllers: [TelemetryReactor, FleetReactor, SpreadersController, FindingsController, FormatsController] })
export class ConditionAnalysisModule {}

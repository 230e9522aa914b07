import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, CONFIG, STORE, type AuditTrail } from '@quaywatch/runtime';
import type { FleetConfig } from './config';
import { FleetCommands } from './fleet-commands';
import { FleetViewReactor } from './fleet-view.reactor';
import { FleetController } from './fleet.controller';

@Module({
  controllers: [FleetController, FleetViewReactor],
  providers: [
    {
      provide: FleetCommands,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new FleetCommands(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
  ],
})
export class FleetModule implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: FleetConfig,
    @Inject(FleetCommands) private readonly commands: FleetCommands,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.commands.ensureOrganisation(this.config.ORGANISATION, this.config.ORGANISATION_NAME);
  }
}

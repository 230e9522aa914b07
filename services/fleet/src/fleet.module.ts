import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, CONFIG, STORE, type AuditTrail } from '@quaywatch/runtime';
import type { FleetConfig } from './config';
import { FleetCommands } from './fleet-commands';
import { FleetViewReactor } from './fleet-view.reactor';
import { FleetController } from './fleet.controller';
import { SandboxRuns } from './sandbox/sandbox-runs';
import { SandboxController } from './sandbox/sandbox.controller';
import { SimulatorController } from './sandbox/simulator.controller';

@Module({
  controllers: [FleetController, FleetViewReactor, SandboxController, SimulatorController],
  providers: [
    {
      provide: FleetCommands,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new FleetCommands(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: SandboxRuns,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, { SANDBOX_ORGANISATION }: FleetConfig) =>
        new SandboxRuns(store, clock, audit, SANDBOX_ORGANISATION),
      inject: [STORE, CLOCK, AUDIT, CONFIG],
    },
  ],
})
export class FleetModule implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: FleetConfig,
    @Inject(FleetCommands) private readonly commands: FleetCommands,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { ORGANISATION, ORGANISATION_NAME, SANDBOX_ORGANISATION } = this.config;
    await this.commands.ensureOrganisation(ORGANISATION, ORGANISATION_NAME);
    if (SANDBOX_ORGANISATION !== undefined) await this.commands.ensureOrganisation(SANDBOX_ORGANISATION, 'Sandbox');
  }
}

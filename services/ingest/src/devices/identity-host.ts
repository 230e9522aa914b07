import { Inject, Injectable } from '@nestjs/common';
import { days, describeError, Fault, minutes, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, ObjectStore, SecretStore, ViewStore } from '@quaywatch/ports';
import {
  AUDIT,
  CLOCK,
  CONFIG,
  EVENT_LOG,
  LOGGER,
  OBJECT_STORE,
  SECRETS,
  STORE,
  type AuditTrail,
  type Logger,
} from '@quaywatch/runtime';
import type { IngestConfig } from '../config';
import { Claims } from '../enrolment/claims';
import { FirmwareShelf } from '../firmware/firmware-shelf';
import { PublisherKeys } from '../firmware/publisher-keys';
import { RolloutDesk } from '../firmware/rollout-desk';
import { Authorities } from '../pki/authorities';
import { ChosenSigner } from '../pki/chosen-signer';
import { CommandSigner } from '../pki/command-signer';
import type { Publication } from '../pki/certificates';
import { EncryptedKeys } from '../pki/encrypted-keys';
import { BurstDesk } from './burst-desk';
import { CommandDesk } from './command-desk';
import { DeviceCommands } from './device-commands';
import { DeviceGate } from './device-gate';

/** Identity of devices while the service runs. */
export interface DeviceIdentityParts {
  readonly authorities: Authorities;
  readonly gate: DeviceGate;
  readonly commands: DeviceCommands;
  readonly claims: Claims;
  readonly desk: CommandDesk;
  readonly bursts: BurstDesk;
  readonly shelf: FirmwareShelf;
  readonly rollouts: RolloutDesk;
}

/** Opens the certificate authorities once, for all who need them. */
@Injectable()
export class IdentityHost {
  private opening: Promise<DeviceIdentityParts> | undefined;
  private opened: DeviceIdentityParts | undefined;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(SECRETS) private readonly secrets: SecretStore,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: IngestConfig,
  ) {}

  /** The parts; Fault `IDENTITY_CLOSED` (retryable) while they are not open yet. */
  get parts(): DeviceIdentityParts {
    if (!this.opened)
      throw new Fault('IDENTITY_CLOSED', 'the certificate authorities are not open yet', { retryable: true });
    return this.opened;
  }

  /** DNS names and addresses under which devices reach our TLS ports. */
  get names(): string[] {
    return this.config.MQTT_SERVER_NAMES.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
  }

  /** Opens them, or waits until they are. */
  open(): Promise<DeviceIdentityParts> {
    this.opening ??= this.make();
    return this.opening;
  }

  /** Brings what is known of CAs and revocations up to date. */
  async refresh(): Promise<void> {
    const { authorities, gate } = this.parts;
    await this.store.transact((tx) => gate.refresh(tx));
    await authorities.reload();
  }

  private async make(): Promise<DeviceIdentityParts> {
    const { store, clock, audit, secrets } = this;
    const own = new EncryptedKeys(store, secrets, clock);
    const { SIGNER_COMMAND: program } = this.config;
    const signer = new ChosenSigner(own, program === undefined ? undefined : new CommandSigner(program));
    const authorities = await Authorities.open({ store, secrets, clock, audit, signer }, own);
    const commands = new DeviceCommands({
      store,
      clock,
      audit,
      authorities,
      life: days(this.config.DEVICE_CERTIFICATE_DAYS),
      publication: (authority) => this.publication(authority),
    });
    const gate = new DeviceGate({
      store,
      clock,
      authorities,
      overlap: days(this.config.DEVICE_OVERLAP_DAYS),
      onPresented: (certificate) => commands.present(certificate),
      offences: { most: this.config.OFFENCES_MOST, window: minutes(this.config.OFFENCES_MINUTES) },
      onOffender: (btu, reason) =>
        void commands
          .quarantineOffender(btu, reason)
          .catch((error: unknown) => this.logger.error({ btu, reason: describeError(error) }, 'no quarantine')),
      // Known at the next connect, at the latest, when it cannot be written now.
      onFirstUse: (device, serial) =>
        void commands
          .firstUse(device, serial)
          .catch((error: unknown) =>
            this.logger.warn({ btu: device.btu, reason: describeError(error) }, 'first use could not be recorded'),
          ),
    });
    await store.transact((tx) => gate.refresh(tx));
    const claims = new Claims(store, secrets, clock, audit);
    // Made at the first start, so that it is there when secrets are handed out.
    await claims.find('none', 'none');
    const patience = seconds(this.config.COMMAND_ANSWER_SECONDS);
    const desk = new CommandDesk({ store, objects: this.objects, clock, audit, patience });
    const keys = new PublisherKeys(this.config.FIRMWARE_KEYS);
    const shelf = new FirmwareShelf({ store, objects: this.objects, clock, audit, keys });
    const rollouts = new RolloutDesk({ store, clock, audit });
    const bursts = new BurstDesk({
      store,
      log: this.log,
      objects: this.objects,
      clock,
      patience: seconds(this.config.BURST_WAIT_SECONDS),
    });
    this.opened = { authorities, gate, commands, claims, desk, bursts, shelf, rollouts };
    return this.opened;
  }

  private publication(authority: string): Publication | undefined {
    const base = this.config.PKI_PUBLIC_URL?.replace(/\/$/, '');
    return base ? { crl: `${base}/pki/${authority}.crl`, ocsp: `${base}/pki/ocsp` } : undefined;
  }
}

import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { describeError, Fault, makeId, minutes, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, CONFIG, EVENT_LOG, LOGGER, STORE, type AuditTrail, type Logger } from '@quaywatch/runtime';
import { hostname } from 'node:os';
import type { IngestConfig } from '../config';
import { DeviceDesk } from '../devices/device-desk';
import { IdentityHost } from '../devices/identity-host';
import { changedSince, type ChangeMark } from '../devices/device-changes';
import { findDevices, onlineDevices } from '../devices/registry';
import { addRefusals } from '../devices/refusal-counts';
import { SessionHolders } from '../devices/session-holders';
import { Broker } from './broker';
import { limitsOf } from './broker-limits';
import { CatchUp } from './catch-up';
import { LogTail } from './log-tail';
import { Intake } from './intake';
import { WindowBook } from './window-book';

const catchUpLimit = minutes(10);
const refreshEvery = seconds(1);
const wholeLookEvery = 60;

/** Opens the broker when it is safe to do so, and keeps its picture of the devices fresh. */
@Injectable()
export class BrokerHost implements OnApplicationBootstrap, OnApplicationShutdown {
  private broker: Broker | undefined;
  private readonly catchUp: CatchUp;
  private readonly holders: SessionHolders;
  private intake: Intake | undefined;
  private stopRefresh: (() => void) | undefined;
  private stopped = false;
  /** Up to where changes of devices were seen. */
  private seen: ChangeMark = null;
  private looks = 0;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: IngestConfig,
  ) {
    this.catchUp = new CatchUp(store, log, clock);
    // A port that the system chooses is another one after a restart: such a process is always a new one.
    const place = config.MQTT_PORT === 0 ? makeId('request', clock.now(), clock.random(8)) : String(config.MQTT_PORT);
    this.holders = new SessionHolders(store, clock, config.INGEST_NAME ?? `${hostname()}:${place}`);
  }

  /** Port of the open broker. */
  get port(): number {
    if (!this.broker) throw new Fault('BROKER_CLOSED', 'the MQTT port is not open (yet)');
    return this.broker.port;
  }

  /** The open broker. */
  get open(): Broker {
    if (!this.broker) throw new Fault('BROKER_CLOSED', 'the MQTT port is not open (yet)');
    return this.broker;
  }

  /** Cuts the live session of a device. */
  cut(btu: string): void {
    this.broker?.cut(btu);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { authorities, gate, desk, bursts } = await this.identity.open();
    const { store, log, clock, logger, catchUp } = this;
    const tail = new LogTail(store, log, clock);
    const beside = new DeviceDesk(log, clock, (device, payload) => desk.answer(device, payload), bursts);
    const limits = limitsOf(this.config);
    const waitingBytes = limits.intakeBytes;
    const book = new WindowBook();
    const intake = (this.intake = new Intake({ store, log, clock, logger, catchUp, tail, book, waitingBytes }));
    // A frame stored before the last stop must be known before any device may send it again. Who was connected when the
    // last process ended without a word is not connected now: silence is not presence (law L9). Those events also come
    // after whatever the database still had in hand of the old process.
    await this.catchUp.reach(catchUpLimit);
    await this.holders.begin();
    const online = await store.transact((tx) => onlineDevices(tx));
    const elsewhere = await this.holders.elsewhere(online.map(({ btu }) => btu));
    await Promise.all(online.map((device) => elsewhere.has(device.btu) || intake.left(device, 'lost')));
    await this.catchUp.reach(catchUpLimit);
    this.broker = await Broker.open({
      host: this.config.MQTT_HOST,
      port: this.config.MQTT_PORT,
      webSocketPort: this.config.MQTT_WS_PORT === 'off' ? undefined : this.config.MQTT_WS_PORT,
      server: await authorities.server(this.identity.names),
      gate,
      trusted: authorities.trusted,
      aside: (device, topic, payload) => beside.take(device, topic, payload),
      hold: async (device) => {
        const { btu } = device;
        const strange = await this.holders.hold(btu);
        try {
          if (strange) await intake.forget(device);
          await intake.prepare(device);
          if (strange) await this.holders.known(btu);
        } catch (error) {
          await this.release(btu);
          throw error;
        }
      },
      release: (btu) => this.release(btu),
      clock: this.clock,
      intake,
      audit: this.audit,
      logger: this.logger,
      limits,
      platformOrg: this.config.ORGANISATION,
    });
    authorities.onChange((trusted) => this.broker?.trust(trusted));
    this.logger.info({ port: this.broker.port }, 'MQTT port open');
    this.refresh();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.catchUp.stop();
    this.stopRefresh?.();
    await this.broker?.close();
    await this.holders.end().catch(() => undefined);
  }

  private async look(): Promise<void> {
    const { broker } = this;
    const elsewhere = await this.holders.beat(broker?.counts());
    await this.identity.refresh();
    if (!broker) return;
    broker.shareRates(elsewhere);
    await this.lookAround(broker.connected());
    await this.store.transact(async (tx) => {
      // Before the devices: what is applied between the two questions is seen by the next look.
      const { btus, mark } = await changedSince(tx, this.seen);
      // A view that was built anew may differ without a change that is noted: now and then all are asked for.
      const whole = this.seen === null || ++this.looks % wholeLookEvery === 0;
      const asked = whole ? broker.connected() : broker.toAskFor(btus);
      if (asked.length > 0) broker.update(asked, await findDevices(tx, asked));
      this.seen = mark;
    });
    broker.judgeAll();
    await broker.handOverRefusals((counts) => addRefusals(this.store, counts, this.clock.now()));
    const send = (btu: string, payload: string): boolean => this.broker?.command(btu, payload) ?? false;
    await this.identity.parts.bursts.look();
    await this.identity.parts.desk.look(broker.connected(), send);
  }

  /** What concerns the other processes behind the same address. */
  private async lookAround(connected: readonly string[]): Promise<void> {
    for (const btu of await this.holders.wanted()) if (!this.broker?.cut(btu)) await this.release(btu);
    for (const btu of connected.length > 0 ? await this.holders.lost(connected) : []) this.broker?.cut(btu);
    const orphans = await this.holders.orphans();
    if (orphans.length === 0) return;
    const devices = await this.store.transact((tx) => findDevices(tx, orphans));
    await Promise.all([...devices.values()].map((device) => this.intake?.left(device, 'lost')));
  }

  /** Lets go of a device when nothing of it is on its way any more. */
  private async release(btu: string): Promise<void> {
    await this.intake?.quiet(btu);
    await this.holders
      .release(btu)
      .catch((error: unknown) => this.logger.warn({ btu, reason: describeError(error) }, 'device could not be let go'));
  }

  /** Bindings and revocations made elsewhere reach the live sessions within a second. */
  private refresh(): void {
    if (this.stopped) return;
    this.stopRefresh = this.clock.after(refreshEvery, () => {
      this.look()
        .catch((error: unknown) => this.logger.warn({ reason: describeError(error) }, 'devices could not be refreshed'))
        .finally(() => this.refresh());
    });
  }
}

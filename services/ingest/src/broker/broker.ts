import { commandTopic, deviceTopic, nativeTopicRoot } from '@quaywatch/contracts';
import { describeError } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import type { AedesPublishPacket, Client, ConnectPacket, PublishPacket } from 'aedes';
import type { Duplex } from 'node:stream';
import { createServer, type Server as TlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { DeviceGate } from '../devices/device-gate';
import { dialects, type Dialect, type DialectSession } from '../dialects';
import { prepareInflate } from '../dialects/inflate';
import { hostStateTopic } from '../dialects/sparkplug';
import type { RefusalCount } from '../devices/refusal-counts';
import type { Device } from '../devices/registry';
import type { Credentials } from '../pki/certificates';
import type { BrokerLimits } from './broker-limits';
import { Doorway } from './doorway';
import type { FrameGuard, Taker } from './frame-guard';
import type { Farewell, Intake } from './intake';
import { guardOf, MqttEngine, type ConnectRefusal } from './mqtt-engine';
import { OrganisationRates, type DeviceCounts } from './organisation-rates';
import { RateLimit } from './rate-limit';
import { Refusals } from './refusals';
import type { CertifiedDevice } from './tls-verdict';
import { webSocketDoor } from './web-socket-door';

/** What the broker works with. */
export interface BrokerOptions {
  readonly host: string;
  readonly port: number;
  /** Port of MQTT over WebSocket; undefined = closed. */
  readonly webSocketPort: number | undefined;
  readonly server: Credentials;
  /** Decides which devices are let in. */
  readonly gate: DeviceGate;
  /** Certificates of the CAs whose devices are let in, PEM. */
  readonly trusted: readonly string[];
  /** Takes what devices say beside their data (status, answers to commands); undefined = it is no such topic. */
  readonly aside?: (device: Device, topic: string, payload: Uint8Array) => Promise<void> | undefined;
  /** Called before a device is let in, and when its session has ended, or never began. */
  readonly hold?: (device: Device) => Promise<void>;
  readonly release?: (btu: string) => Promise<void>;
  readonly clock: Clock;
  readonly intake: Intake;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly limits: BrokerLimits;
  /** Organisation in whose audit trail refusals of unknown devices are written. */
  readonly platformOrg: string;
}

/** Whose certificate it is, at the far end of a connection. */
interface Identity {
  readonly certificate: CertifiedDevice;
  readonly address: string;
}

/** A client whose certificate was accepted. */
interface Session extends Identity {
  readonly client: Client;
  readonly dialect: DialectSession;
  /** Its own topics: how they begin, and the one of its last will. */
  readonly topics: { readonly own: string; readonly state: string };
  /** The topic of its last message, and who speaks on it. */
  readonly lastTopic: { name: string; dialect: Dialect | undefined };
  device: Device;
  /** Its device was looked up since it is connected; what was known at its CONNECT may be older. */
  lookedUp?: boolean;
  /** How it ended, when not as its last packet says. */
  end?: Farewell;
}

/** Topics that devices may use under their own; anything else in them is an attack or a defect. */
const topicText = /^[\w./-]{1,256}$/;

/** Undefined, or why this last will is refused. */
function willFault(topic: string, payload: Uint8Array, session: DialectSession): string | undefined {
  if (topic === deviceTopic(session.btu, 'state')) return undefined;
  const dialect = dialects.find((one) => one.will !== undefined && one.speaks(topic, session.btu));
  return dialect?.will ? dialect.will(topic, payload, session) : 'last will on a foreign topic';
}

/**
 * The MQTT ports: mutual TLS with a verdict of our own on every certificate (so that the audit log has the reason), the
 * device's identity from its certificate, its own topics only, PUBACK when the log has the message.
 */
export class Broker {
  private engine!: MqttEngine;
  private readonly doors: Doorway[] = [];
  private readonly servers: TlsServer[] = [];
  /** Who is connected, by BTU serial. */
  private readonly sessions = new Map<string, Session>();
  /** Whose certificate and client id were accepted, connected or not yet or no more. */
  private readonly admitted = new WeakMap<Client, Session>();
  private readonly identities = new WeakMap<FrameGuard, Identity>();
  private readonly organisationRates: OrganisationRates;
  private readonly refusals: Refusals;

  private constructor(private readonly options: BrokerOptions) {
    this.organisationRates = new OrganisationRates(options.limits.organisationRate);
    this.refusals = new Refusals(options.clock, ({ who, org, action, cause, address, detail }, times) => {
      options.logger.warn({ btu: who, address, action, reason: detail ?? cause, times }, 'refused');
      options.audit
        .write({
          org,
          class: 'device',
          actor: { kind: 'device', id: who },
          action,
          target: { kind: 'btu', id: who },
          outcome: 'refused',
          reason: detail ?? cause,
          address,
          ...(times > 1 ? { detail: { times } } : {}),
        })
        .catch((error: unknown) =>
          options.logger.error({ reason: describeError(error) }, 'audit event could not be written'),
        );
    });
  }

  /** Opens the ports. */
  static async open(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    await broker.start();
    return broker;
  }

  /** The port it listens on. */
  get port(): number {
    return this.doors[0]?.port as number;
  }

  /** The port of MQTT over WebSocket; undefined when closed. */
  get webSocketPort(): number | undefined {
    return this.doors[1]?.port;
  }

  /** What was refused, delayed or dropped, by cause, since the start. */
  get refused(): Readonly<Record<string, number>> {
    return this.refusals.counted;
  }

  /** Hands over what was refused since the last time. */
  handOverRefusals(store: (counts: RefusalCount[]) => Promise<void>): Promise<void> {
    return this.refusals.handOver(store);
  }

  /** Bytes taken in and not yet in the log, and the most there ever were. */
  get intakeBytes(): { now: number; peak: number } {
    return { now: this.engine.budget.used, peak: this.engine.budget.peak };
  }

  /** Cuts the live session of a device; true when there was one. */
  cut(btu: string): boolean {
    const session = this.sessions.get(btu);
    if (session) this.end(session, 'refused');
    return session !== undefined;
  }

  /**
   * Brings the sessions of the devices that were asked for up to date with what is known of them now. Others, that came
   * while the question was under way, are left alone.
   */
  update(asked: readonly string[], devices: ReadonlyMap<string, Device>): void {
    for (const btu of asked) {
      const session = this.sessions.get(btu);
      if (!session) continue;
      const device = devices.get(btu);
      session.lookedUp = true;
      if (device) session.device = device;
      else this.end(session, 'refused');
    }
  }

  /** Cuts the sessions whose certificate was revoked or has come to its end, as far as is known here. */
  judgeAll(): void {
    const now = this.options.clock.now();
    for (const session of this.sessions.values()) {
      if (session.certificate.notAfter <= now) this.end(session, 'lost');
      else if (this.options.gate.standing(session.device, session.certificate) !== null) this.end(session, 'refused');
    }
  }

  /** From now on devices of these CAs are let in, PEM; sessions that are open are judged by `update`. */
  trust(trusted: readonly string[]): void {
    const { keyPem: key, certificatePem: cert } = this.options.server;
    for (const server of this.servers) server.setSecureContext({ key, cert, ca: [...trusted], minVersion: 'TLSv1.2' });
  }

  /** Sends a command to a device; false when it is not connected here. */
  command(btu: string, payload: string): boolean {
    if (!this.sessions.has(btu)) return false;
    const packet = { cmd: 'publish', topic: commandTopic(btu), payload, qos: 1, retain: false, dup: false } as const;
    this.engine.aedes.publish(packet, () => undefined);
    return true;
  }

  /** Serials of the connected devices. */
  connected(): string[] {
    return [...this.sessions.keys()];
  }

  /** How many devices of each organisation are connected. */
  counts(): DeviceCounts {
    const counts = new Map<string, number>();
    for (const { device } of this.sessions.values()) counts.set(device.org, (counts.get(device.org) ?? 0) + 1);
    return counts;
  }

  /** Shares the rates of organisations with the other processes, which serve these devices. */
  shareRates(others: DeviceCounts): void {
    this.organisationRates.divide(this.counts(), others);
  }

  /** Serials of connected devices that are among the changed ones, or were not looked up since they came. */
  toAskFor(changed: readonly string[]): string[] {
    const asked = new Set(changed.filter((btu) => this.sessions.has(btu)));
    for (const [btu, { lookedUp }] of this.sessions) if (!lookedUp) asked.add(btu);
    return [...asked];
  }

  /** Stops taking connections and ends those there are. */
  async close(): Promise<void> {
    await this.hostState(false);
    await this.engine.close();
    await Promise.all(this.doors.map((door) => door.close()));
    this.refusals.stop();
  }

  private async start(): Promise<void> {
    const { options } = this;
    const { limits, host } = options;
    this.engine = await MqttEngine.open(
      limits,
      {
        admit: (client, packet) => this.admit(client, packet),
        ratesOf: (client) => this.ratesOf(client),
        publish: (client, packet, done) => this.publishByEngine(client, packet, done),
        maySubscribe: ({ id }, filter, qos) =>
          qos < 2 && (filter === commandTopic(id) || dialects.some((dialect) => dialect.hears?.(filter, id))),
        // Devices hear commands and the state of the host only; both come from here.
        takerOf: (client) => {
          const session = this.admitted.get(client);
          return session && ((message, done) => this.publish(session, message, 0, done));
        },
        subscriptionRefused: (client, filter) =>
          this.refuse(client, 'device.subscribe', 'foreign subscription', filter.slice(0, 128)),
        refused: (guard, clientId, cause) => this.limited(guard, clientId, cause),
      },
      options.logger,
    );
    this.watchSessions();
    await prepareInflate();
    await this.hostState(true);
    const tls: TlsOptions = {
      key: options.server.keyPem,
      cert: options.server.certificatePem,
      ca: [...options.trusted],
      requestCert: true,
      // We judge ourselves: node would only say ECONNRESET.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.handshakeFor,
    };
    const refused = (cause: string, address: string): void =>
      this.refusals.add({ who: 'unknown', org: options.platformOrg, action: 'device.connect', cause, address });
    const plain = createServer(tls, (socket) => {
      const identity = this.judge(socket);
      if (identity) this.attach(socket, identity);
    });
    this.servers.push(plain);
    this.doors.push(await Doorway.open({ host, port: options.port, tls: plain, limits, refused }));
    if (options.webSocketPort === undefined) return;
    const known = new WeakMap<TLSSocket, Identity>();
    const web = webSocketDoor({
      tls,
      message: limits.packetBytes + 5,
      allowed: (socket) => {
        const identity = this.judge(socket);
        if (identity) known.set(socket, identity);
        return identity !== undefined;
      },
      opened: (socket, wire) => this.attach(wire, known.get(socket) as Identity),
      refused: (socket, cause) => this.refuseIdentity(known.get(socket), 'device.connect', cause),
    });
    this.servers.push(web);
    this.doors.push(await Doorway.open({ host, port: options.webSocketPort, tls: web, limits, refused }));
  }

  /** Tells Sparkplug edge nodes whether their host application is there. */
  private hostState(online: boolean): Promise<void> {
    const payload = Buffer.from(JSON.stringify({ online, timestamp: this.options.clock.now() }));
    return new Promise((done) =>
      this.engine.aedes.publish(
        { cmd: 'publish', topic: hostStateTopic, payload, qos: 1, dup: false, retain: true },
        () => done(),
      ),
    );
  }

  /** Who is at the far end; undefined when that is refused, and the socket is closed. */
  private judge(socket: TLSSocket): Identity | undefined {
    const address = socket.remoteAddress ?? 'unknown';
    const verdict = this.options.gate.verdict(socket);
    if (verdict.ok) return { certificate: verdict.device, address };
    socket.destroy();
    this.refusals.add({
      who: verdict.btu ?? 'unknown',
      org: this.options.platformOrg,
      action: 'device.connect',
      cause: verdict.reason,
      address,
    });
    return undefined;
  }

  private attach(wire: Duplex, identity: Identity): void {
    this.identities.set(this.engine.attach(wire), identity);
  }

  private watchSessions(): void {
    const { aedes } = this.engine;
    // Not `clientReady`: when a device takes over its own session, only this order puts the old end before the new begin.
    aedes.on('client', (client) => {
      const session = this.admitted.get(client);
      if (!session) return;
      this.sessions.set(client.id, session);
      void this.options.intake.arrived(session.device, session.address);
    });
    aedes.on('clientDisconnect', (client) => {
      const session = this.sessions.get(client.id);
      if (session?.client !== client) return;
      this.sessions.delete(client.id);
      const goodbye = (client as unknown as { _disconnected: boolean })._disconnected;
      void this.options.intake
        .left(session.device, session.end ?? (goodbye ? 'goodbye' : 'lost'))
        .then(() => this.options.release?.(client.id));
    });
  }

  /** Undefined when the client is let in, else the refusal. */
  private async admit(client: Client, packet: ConnectPacket): Promise<ConnectRefusal | undefined> {
    const identity = this.identities.get(guardOf(client));
    if (!identity) return 5;
    const { btu } = identity.certificate;
    if (client.id !== btu) {
      this.refuse(client, 'device.connect', 'foreign client id', `client id ${client.id.slice(0, 64)}`);
      return 2;
    }
    const dialect = this.dialectSession(client, btu);
    const wrongWill = packet.will && willFault(packet.will.topic, packet.will.payload as Buffer, dialect);
    if (wrongWill) {
      this.refuse(client, 'device.connect', wrongWill);
      return 5;
    }
    try {
      const admission = await this.options.gate.admit(identity.certificate);
      if (!admission.ok) {
        this.refuseIdentity(identity, 'device.connect', admission.reason, undefined, admission.org);
        return 5;
      }
      const { device } = admission;
      await this.options.hold?.(device);
      await this.options.intake.prepare(device);
      const topics = { own: `${nativeTopicRoot}/${btu}/`, state: deviceTopic(btu, 'state') };
      this.admitted.set(client, {
        client,
        ...identity,
        device,
        dialect,
        topics,
        lastTopic: { name: '', dialect: undefined },
      });
      return undefined;
    } catch (error) {
      this.options.logger.warn({ btu, reason: describeError(error) }, 'device cannot be let in now');
      return 3;
    }
  }

  private dialectSession(client: Client, btu: string): DialectSession {
    return {
      btu,
      openedAt: this.options.clock.now(),
      numbers: {},
      reply: (topic, payload) =>
        client.publish(
          { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false },
          () => undefined,
        ),
    };
  }

  private ratesOf(client: Client): { name: string; limit: RateLimit }[] {
    const org = this.admitted.get(client)?.device.org;
    if (org === undefined) return [];
    const now = performance.now();
    return [
      { name: 'rate of a device', limit: new RateLimit(this.options.limits.deviceRate, now) },
      { name: 'rate of an organisation', limit: this.organisationRates.of(org, now) },
    ];
  }

  /** Last wills, and what is of QoS 2. */
  private publishByEngine(
    client: Client | null,
    packet: PublishPacket | AedesPublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    const session = client && this.admitted.get(client);
    if (!session) return done(new Error('no session'));
    const { topic, retain, qos } = packet;
    const bytes = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    packet.retain = false;
    this.publish(session, { topic, bytes, from: 0, end: bytes.length, retain }, qos, done as (error?: unknown) => void);
  }

  /** Law L1: the append starts here, synchronously, in the order of arrival; the PUBACK follows the callback. */
  private publish(session: Session, message: Parameters<Taker>[0], qos: number, done: (error?: unknown) => void): void {
    const { client, lastTopic } = session;
    const { topic, retain } = message;
    const state = topic === session.topics.state;
    // Mostly a topic comes again.
    if (topic !== lastTopic.name) {
      lastTopic.name = topic;
      lastTopic.dialect = dialects.find((one) => one.speaks(topic, client.id));
    }
    const { dialect } = lastTopic;
    const own = dialect !== undefined || (topic.startsWith(session.topics.own) && topicText.test(topic));
    if (!own || qos === 2 || (retain && !state)) {
      const why = !own ? 'foreign topic' : qos === 2 ? 'QoS 2' : 'retained';
      this.refuse(client, 'device.publish', why, own ? undefined : topic.slice(0, 128));
      return done(new Error('not allowed'));
    }
    if (state) return done();
    const stored = (error?: unknown): void => {
      if (error !== undefined)
        this.options.logger.warn({ btu: client.id, reason: describeError(error) }, 'not stored, so not acknowledged');
      done(error === undefined ? undefined : new Error('not stored'));
    };
    const payload = dialect ? undefined : message.bytes.subarray(message.from, message.end);
    const aside = payload && this.options.aside?.(session.device, topic, payload);
    if (aside)
      aside.then(
        () => stored(),
        (error: unknown) => stored(error ?? new Error('failed')),
      );
    else this.options.intake.take(session.device, message, dialect, session.dialect, stored);
  }

  private end(session: Session, how: Farewell): void {
    session.end = how;
    session.client.close();
  }

  /** A connection was ended by the guard, or a limit met. */
  private limited(guard: FrameGuard | undefined, clientId: string | undefined, cause: string): void {
    const identity = guard && this.identities.get(guard);
    if (identity) return this.refuseIdentity(identity, 'device.protocol', cause);
    const session = clientId === undefined ? undefined : this.sessions.get(clientId);
    this.refusals.add({
      who: clientId ?? 'unknown',
      org: session?.device.org ?? this.options.platformOrg,
      action: 'device.protocol',
      cause,
      address: session?.address ?? 'unknown',
    });
  }

  private refuse(client: Client, action: string, cause: string, detail?: string): void {
    const identity = this.identities.get(guardOf(client));
    this.refuseIdentity(identity, action, cause, detail);
    if (identity) this.options.gate.offence(identity.certificate, `${action}: ${cause}`);
  }

  private refuseIdentity(
    identity: Identity | undefined,
    action: string,
    cause: string,
    detail?: string,
    org?: string,
  ): void {
    const who = identity?.certificate.btu ?? 'unknown';
    this.refusals.add({
      who,
      org: org ?? this.sessions.get(who)?.device.org ?? this.options.platformOrg,
      action,
      cause,
      address: identity?.address ?? 'unknown',
      ...(detail === undefined ? {} : { detail }),
    });
  }
}

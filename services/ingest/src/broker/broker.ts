import { commandTopic, deviceTopic, nativeTopicRoot } from '@quaywatch/contracts';
import { describeError, seconds } from '@quaywatch/kernel';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import { Aedes, type AedesPublishPacket, type Client, type PublishPacket } from 'aedes';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { DeviceGate } from '../devices/device-gate';
import type { Device } from '../devices/registry';
import type { Credentials } from '../pki/certificates';
import type { Clock } from '@quaywatch/ports';
import type { Farewell, Intake } from './intake';
import { PacketLimit, type PacketLimits } from './packet-limit';
import type { CertifiedDevice } from './tls-verdict';

/** What the broker works with. */
export interface BrokerOptions {
  readonly host: string;
  readonly port: number;
  readonly server: Credentials;
  /** Decides which devices are let in. */
  readonly gate: DeviceGate;
  /** Certificates of the CAs whose devices are let in, PEM. */
  readonly trusted: readonly string[];
  readonly clock: Clock;
  readonly intake: Intake;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly limits: PacketLimits;
  /** Organisation in whose audit trail refusals of unknown devices are written. */
  readonly platformOrg: string;
}

/** A client whose certificate was accepted. */
interface Session {
  readonly client: Client;
  readonly address: string;
  readonly certificate: CertifiedDevice;
  device: Device;
  /** How it ended, when not as its last packet says. */
  end?: Farewell;
}

/** Topics that devices may use under their own; anything else in them is an attack or a defect. */
const topicText = /^[\w./-]{1,256}$/;

type AuthenticateError = Error & { returnCode: number };

const connectionRefused = (returnCode: number): AuthenticateError =>
  Object.assign(new Error('connection refused'), { returnCode });

/**
 * The MQTT port: mutual TLS with a verdict of our own on every certificate (so that the audit log has the reason), the
 * device's identity from its certificate, its own topics only, PUBACK when the log has the message.
 */
export class Broker {
  private readonly aedes: Aedes;
  private readonly tls: Server;
  /** Who is connected, by BTU serial. */
  private readonly sessions = new Map<string, Session>();
  /** Whose certificate and client id were accepted, connected or not yet or no more. */
  private readonly admitted = new WeakMap<Client, Session>();
  private readonly identities = new WeakMap<object, { certificate: CertifiedDevice; address: string }>();

  private constructor(
    private readonly options: BrokerOptions,
    aedes: Aedes,
  ) {
    this.aedes = aedes;
    this.tls = createServer(
      {
        key: options.server.keyPem,
        cert: options.server.certificatePem,
        ca: [...options.trusted],
        requestCert: true,
        // We judge ourselves: node would only say ECONNRESET.
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        noDelay: true,
        handshakeTimeout: seconds(10),
      },
      (socket) => this.onSocket(socket),
    );
    this.tls.on('tlsClientError', (error, socket) => {
      options.logger.debug({ reason: describeError(error) }, 'TLS handshake failed');
      const address = socket.remoteAddress ?? 'unknown';
      const reason = options.gate.handshakeFailed(error, address);
      if (reason) this.refused('unknown', address, 'device.connect', reason);
    });
  }

  /** Opens the port. */
  static async open(options: BrokerOptions): Promise<Broker> {
    const aedes = await Aedes.createBroker({
      connectTimeout: seconds(5),
      drainTimeout: seconds(5),
      keepaliveLimit: 1200,
    });
    const broker = new Broker(options, aedes);
    broker.wire();
    await new Promise<void>((done, fail) => {
      broker.tls.once('error', fail);
      broker.tls.listen({ host: options.host, port: options.port, backlog: 4096 }, done);
    });
    return broker;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.tls.address() as AddressInfo).port;
  }

  /** Cuts the live session of a device; true when there was one. */
  cut(btu: string): boolean {
    const session = this.sessions.get(btu);
    if (session) this.end(session, 'refused');
    return session !== undefined;
  }

  /**
   * Brings sessions up to date with what is known of their devices now; cuts those whose certificate was revoked or has
   * come to its end.
   */
  update(devices: ReadonlyMap<string, Device>): void {
    const now = this.options.clock.now();
    for (const [btu, session] of this.sessions) {
      const device = devices.get(btu);
      if (device) session.device = device;
      if (session.certificate.notAfter <= now) this.end(session, 'lost');
      else if (this.options.gate.standing(device, session.certificate) !== null) this.end(session, 'refused');
    }
  }

  /** From now on devices of these CAs are let in, PEM; sessions that are open are judged by `update`. */
  trust(trusted: readonly string[]): void {
    const { keyPem, certificatePem } = this.options.server;
    this.tls.setSecureContext({ key: keyPem, cert: certificatePem, ca: [...trusted], minVersion: 'TLSv1.2' });
  }

  /** Serials of the connected devices. */
  connected(): string[] {
    return [...this.sessions.keys()];
  }

  /** Stops taking connections and ends those there are. */
  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.tls.close(() => done()));
    await new Promise<void>((done) => this.aedes.close(done));
    await closed;
  }

  private onSocket(socket: TLSSocket): void {
    const address = socket.remoteAddress ?? 'unknown';
    const verdict = this.options.gate.verdict(socket);
    if (!verdict.ok) {
      socket.destroy();
      this.refused(verdict.btu ?? 'unknown', address, 'device.connect', verdict.reason);
      return;
    }
    const { btu } = verdict.device;
    const conn = new PacketLimit(socket, this.options.limits, (bytes) =>
      this.refused(btu, address, 'device.publish', `packet of ${bytes} bytes`),
    );
    conn.on('error', (error) => this.options.logger.debug({ btu, reason: describeError(error) }, 'connection lost'));
    this.identities.set(conn, { certificate: verdict.device, address });
    this.aedes.handle(conn, undefined as never);
  }

  private wire(): void {
    const { aedes } = this;
    aedes.preConnect = (client, packet, done) => {
      const btu = this.identities.get(client.conn)?.certificate.btu ?? 'unknown';
      const allowed = !packet.will || packet.will.topic === deviceTopic(btu, 'state');
      if (!allowed) this.refused(btu, this.addressOf(client), 'device.connect', 'last will on a foreign topic');
      done(allowed ? null : new Error('last will not allowed'), allowed);
    };
    aedes.authenticate = (client, _user, _password, done) =>
      void this.admit(client).then((ok) => done(ok, ok === null));
    aedes.authorizePublish = (client, packet, done) => this.publish(client, packet, done);
    aedes.authorizeSubscribe = (client, subscription, done) => {
      const allowed = client && subscription.topic === commandTopic(client.id) && subscription.qos < 2;
      if (!allowed)
        this.refused(
          client?.id ?? 'unknown',
          this.addressOf(client),
          'device.subscribe',
          subscription.topic.slice(0, 128),
        );
      done(null, allowed ? subscription : null);
    };
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
      void this.options.intake.left(session.device, session.end ?? (goodbye ? 'goodbye' : 'lost'));
    });
    aedes.on('clientError', (client, error) =>
      this.options.logger.debug({ btu: client.id, reason: describeError(error) }, 'client failed'),
    );
    aedes.on('connectionError', (client, error) =>
      this.options.logger.debug({ btu: client?.id, reason: describeError(error) }, 'connection failed'),
    );
  }

  /** Null when the client is let in, else the refusal. */
  private async admit(client: Client): Promise<AuthenticateError | null> {
    const conn = client.conn as unknown as PacketLimit;
    const identity = this.identities.get(conn);
    if (!identity) return connectionRefused(5);
    const { certificate, address } = identity;
    const { btu } = certificate;
    if (client.id !== btu) {
      this.refused(btu, address, 'device.connect', `client id ${client.id.slice(0, 64)}`);
      return connectionRefused(2);
    }
    try {
      const admission = await this.options.gate.admit(certificate);
      if (!admission.ok) {
        this.refused(btu, address, 'device.connect', admission.reason, admission.org);
        return connectionRefused(5);
      }
      const { device } = admission;
      await this.options.intake.prepare(device);
      conn.connected = true;
      this.admitted.set(client, { client, address, certificate, device });
      return null;
    } catch (error) {
      this.options.logger.warn({ btu, reason: describeError(error) }, 'device cannot be let in now');
      return connectionRefused(3);
    }
  }

  /** Law L1: the append starts here, synchronously, in the order of arrival; the PUBACK follows the callback. */
  private publish(
    client: Client | null,
    packet: PublishPacket | AedesPublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    const session = client ? this.admitted.get(client) : undefined;
    if (!client || !session) return done(new Error('no session'));
    const state = packet.topic === deviceTopic(client.id, 'state');
    const own = packet.topic.startsWith(`${nativeTopicRoot}/${client.id}/`) && topicText.test(packet.topic);
    if (!own || packet.qos === 2 || (packet.retain && !state)) {
      const why = !own ? packet.topic.slice(0, 128) : packet.qos === 2 ? 'QoS 2' : 'retained';
      this.refused(client.id, session.address, 'device.publish', why, session.device.org);
      return done(new Error('not allowed'));
    }
    if (state) {
      packet.retain = false;
      return done();
    }
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    this.options.intake.take(session.device, packet.topic, payload).then(
      () => done(),
      (error: unknown) => {
        this.options.logger.warn({ btu: client.id, reason: describeError(error) }, 'not stored, so not acknowledged');
        done(new Error('not stored'));
      },
    );
  }

  private end(session: Session, how: Farewell): void {
    session.end = how;
    session.client.close();
  }

  private addressOf(client: Client | null): string {
    return (client && this.identities.get(client.conn)?.address) ?? 'unknown';
  }

  private refused(btu: string, address: string, action: string, reason: string, org = this.options.platformOrg): void {
    this.options.logger.warn({ btu, address, action, reason }, 'refused');
    this.options.audit
      .write({
        org,
        class: 'device',
        actor: { kind: 'device', id: btu },
        action,
        target: { kind: 'btu', id: btu },
        outcome: 'refused',
        reason,
        address,
      })
      .catch((error: unknown) =>
        this.options.logger.error({ reason: describeError(error) }, 'audit event could not be written'),
      );
  }
}

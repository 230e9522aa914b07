import type { Logger } from '@quaywatch/runtime';
import { describeError } from '@quaywatch/kernel';
import {
  Aedes,
  type AedesPublishPacket,
  type Client,
  type ConnectPacket,
  type PublishPacket,
  type Subscription,
} from 'aedes';
import type { Duplex } from 'node:stream';
import type { BrokerLimits } from './broker-limits';
import { Delivery } from './delivery';
import { FrameGuard, type Taker } from './frame-guard';
import { IntakeBudget } from './intake-budget';
import type { RateLimit } from './rate-limit';
import { isSessionMark, SessionStore } from './session-store';

/** A refusal of CONNECT; the CONNACK carries the code. */
export type ConnectRefusal = 2 | 3 | 4 | 5;

/** The decisions that the engine leaves to its owner. */
export interface EngineRules {
  /** A code when the client is not let in; called before anything of it is kept. */
  admit(client: Client, packet: ConnectPacket): Promise<ConnectRefusal | undefined>;
  /** Rates that a client which was let in must keep to. */
  ratesOf?(client: Client): readonly { readonly name: string; readonly limit: RateLimit }[];
  /** Calls back when a PUBLISH may be acknowledged; an error ends the connection. Called in the order of arrival. */
  publish(
    client: Client | null,
    packet: PublishPacket | AedesPublishPacket,
    done: (error?: Error | null) => void,
  ): void;
  /** Whether a client may hold a subscription; asked more than once. */
  maySubscribe(client: { readonly id: string }, filter: string, qos: number): boolean;
  /**
   * Takes what a client publishes at QoS 0 or 1 in place of `publish` and of Aedes, which never sees it: for owners whose
   * clients never hear each other.
   */
  takerOf?(client: Client): Taker | undefined;
  /** A subscription was refused with 0x80. */
  subscriptionRefused?(client: Client, filter: string): void;
  /** A connection was ended, or a limit met, for this reason. */
  refused(guard: FrameGuard | undefined, clientId: string | undefined, cause: string): void;
}

const tickEvery = 500;

/**
 * MQTT 3.1.1 over any stream: the guard in front of Aedes, Aedes, and bounded sessions behind it. Who may do what is
 * asked of its owner (`EngineRules`).
 */
export class MqttEngine {
  readonly budget: IntakeBudget;
  private readonly guards = new Set<FrameGuard>();
  private readonly deliveries = new WeakMap<Client, Delivery>();
  private readonly ticking: NodeJS.Timeout;

  private constructor(
    readonly aedes: Aedes,
    readonly store: SessionStore,
    private readonly limits: BrokerLimits,
    private readonly rules: EngineRules,
    private readonly logger: Logger,
  ) {
    this.budget = new IntakeBudget(limits.intakeBytes);
    this.ticking = setInterval(() => {
      const now = performance.now();
      for (const guard of this.guards) guard.tick(now);
    }, tickEvery);
    this.ticking.unref();
  }

  static async open(limits: BrokerLimits, rules: EngineRules, logger: Logger): Promise<MqttEngine> {
    const store = new SessionStore({
      limits,
      mayHold: (client, { topic, qos }) => rules.maySubscribe(client, topic, qos),
      dropped: (clientId, cause) => rules.refused(undefined, clientId, cause),
    });
    const aedes = await Aedes.createBroker({
      persistence: store,
      connectTimeout: limits.connectFor + 1000,
      drainTimeout: limits.drainFor,
      maxInflightInbound: limits.unreleased,
      maxTopicLevels: limits.topicLevels,
    });
    const engine = new MqttEngine(aedes, store, limits, rules, logger);
    engine.wire();
    return engine;
  }

  /** Connections, also of clients that were not let in yet. */
  get connections(): number {
    return this.guards.size;
  }

  /** Takes a connection over, from its first byte. */
  attach(wire: Duplex): FrameGuard {
    const { limits, budget, rules } = this;
    const guard = new FrameGuard(wire, {
      limits,
      budget,
      now: () => performance.now(),
      refused: (which, cause) => rules.refused(which, this.idOf(which), cause),
    });
    this.guards.add(guard);
    guard.on('close', () => this.guards.delete(guard));
    guard.on('error', (error) => this.logger.debug({ reason: describeError(error) }, 'connection ended'));
    const client = this.aedes.handle(guard as never, undefined as never);
    this.deliveries.set(client, new Delivery(client, this.store));
    return guard;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    clearInterval(this.ticking);
    await new Promise<void>((done) => this.aedes.close(done));
    for (const guard of this.guards) guard.destroy();
  }

  private wire(): void {
    const { aedes, rules } = this;
    aedes.preConnect = (client, packet, done) => {
      // The guard keeps the time: it knows when silence is ours.
      packet.keepalive = 0;
      this.connects.set(client, packet);
      done(null, true);
    };
    aedes.authenticate = (client, _user, _password, done) => {
      const packet = this.connects.get(client) as ConnectPacket;
      this.connects.delete(client);
      void rules.admit(client, packet).then((code) => {
        if (code === undefined) done(null, true);
        else done(Object.assign(new Error('connection refused'), { returnCode: code }) as never, false);
      });
    };
    aedes.authorizePublish = (client, packet, done) =>
      rules.publish(client, packet, (error) => {
        // DUP is of this delivery, not of the next one [MQTT-3.3.1-3].
        (packet as { dup?: boolean }).dup = false;
        // Aedes goes on with QoS 1 a turn later, after its PUBACK: the others wait as long, for the order of arrival.
        if (error || packet.qos === 1) done(error);
        else setImmediate(done);
        const { length } = packet as { length?: number };
        if (client && length !== undefined) guardOf(client).settle(length);
      });
    aedes.authorizeSubscribe = (client, subscription, done) => done(null, this.judge(client, subscription));
    aedes.on('connackSent', (packet, client) => {
      if ((packet as { returnCode?: number }).returnCode !== 0) return;
      guardOf(client).open(rules.ratesOf?.(client), rules.takerOf?.(client));
    });
    aedes.on('clientReady', (client) => this.deliveries.get(client)?.catchUp(client));
    aedes.on('unsubscribe', (filters, client) => this.deliveries.get(client)?.end(filters));
    aedes.on('clientError', (client, error) =>
      this.logger.debug({ client: client.id, reason: describeError(error) }, 'client failed'),
    );
    aedes.on('connectionError', (client, error) =>
      this.logger.debug({ client: client?.id, reason: describeError(error) }, 'connection failed'),
    );
  }

  private readonly connects = new WeakMap<Client, ConnectPacket>();

  private judge(client: Client, subscription: Subscription): Subscription | null {
    const { topic, qos } = subscription;
    if (isSessionMark(topic)) return null;
    if (!this.rules.maySubscribe(client, topic, qos)) {
      this.rules.subscriptionRefused?.(client, topic);
      return null;
    }
    const delivery = this.deliveries.get(client);
    if (!delivery || delivery.size >= this.limits.subscriptions) {
      this.rules.refused(guardOf(client), client.id, 'subscriptions of a connection');
      return null;
    }
    delivery.grant(topic, qos);
    return subscription;
  }

  private idOf(guard: FrameGuard): string | undefined {
    return (guard as unknown as { client?: Client }).client?.id ?? undefined;
  }
}

/** The guard of a client that came through `attach`. */
export const guardOf = (client: Client): FrameGuard => client.conn as unknown as FrameGuard;

import type { AedesPublishPacket } from 'aedes';
import { Readable } from 'node:stream';
import type { BrokerLimits } from './broker-limits';
import { matchesTopic } from './topic-filter';

/** A client as the broker names it here; one object per connection. */
export interface SessionClient {
  readonly id: string;
}

/** A subscription as the broker keeps it. */
export interface StoredSubscription {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

/** A packet as the broker keeps it: a PUBLISH, or the PUBREL that took its place. */
export interface StoredPacket extends Omit<AedesPublishPacket, 'cmd'> {
  cmd: string;
  messageId?: number;
  brokerId: string;
  brokerCounter: number;
  clientId?: string;
}

interface Waiting {
  packet: StoredPacket;
  /** The connection on which it was sent last. */
  sentOn?: SessionClient;
}

interface Session {
  readonly subscriptions: Map<string, StoredSubscription>;
  /** In the order of arrival. */
  readonly waiting: Set<Waiting>;
  bytes: number;
  nextId: number;
}

/** What the store asks of its owner. */
export interface SessionStoreOptions {
  readonly limits: Pick<
    BrokerLimits,
    'queued' | 'queuedBytes' | 'sessions' | 'subscriptions' | 'retained' | 'retainedBytes'
  >;
  /** False for a filter that this client may not have: it is not kept, whatever stands beside it in its packet. */
  mayHold(client: SessionClient, subscription: StoredSubscription): boolean;
  /** Told of what was dropped, and why. */
  dropped(clientId: string | undefined, cause: string): void;
}

/** Filter that stands for a session without subscriptions; never subscribed to (`isSessionMark`). */
const sessionMark = '$session';

/** True for the mark that tells the broker of a session without subscriptions [MQTT-3.2.2-2]. */
export const isSessionMark = (filter: string): boolean => filter === sessionMark;

/**
 * Sessions, queues, retained messages and last wills in memory, all bounded: the persistence that Aedes asks for. Unlike
 * Aedes' own it keeps no refused subscription, sets DUP on what is sent again, grants each message the QoS of its
 * subscription, knows a session without subscriptions, and never uses a packet id twice at a time.
 */
export class SessionStore {
  private readonly sessions = new Map<string, Session>();
  private readonly retained = new Map<string, StoredPacket>();
  private readonly unreleased = new Map<string, Set<number>>();
  private readonly wills = new Map<string, StoredPacket>();
  private retainedBytes = 0;
  private broker: { id: string } = { id: '' };

  constructor(private readonly options: SessionStoreOptions) {}

  /** Async by its looks: Aedes asks for that. */
  async setup(broker: { id: string }): Promise<void> {
    this.broker = broker;
  }

  /** Counts of what is kept. */
  get size(): { sessions: number; retained: number; waiting: number } {
    let waiting = 0;
    for (const session of this.sessions.values()) waiting += session.waiting.size;
    return { sessions: this.sessions.size, retained: this.retained.size, waiting };
  }

  storeRetained(packet: StoredPacket): Promise<void> {
    const { topic } = packet;
    const before = this.retained.get(topic);
    const bytes = packet.payload.length + topic.length;
    if (before) this.retainedBytes -= before.payload.length + topic.length;
    this.retained.delete(topic);
    if (packet.payload.length === 0) return Promise.resolve();
    const { limits } = this.options;
    if (this.retained.size >= limits.retained || this.retainedBytes + bytes > limits.retainedBytes) {
      this.options.dropped(packet.clientId, 'retained topics');
      return Promise.resolve();
    }
    this.retainedBytes += bytes;
    this.retained.set(topic, copyOf(packet));
    return Promise.resolve();
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const { retained } = this;
    return Readable.from(
      (function* () {
        for (const filter of filters)
          for (const [topic, packet] of retained) if (matchesTopic(filter, topic)) yield packet;
      })(),
    );
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  addSubscriptions(client: SessionClient, subscriptions: readonly StoredSubscription[]): Promise<void> {
    const session = this.sessions.get(client.id);
    if (!session) return Promise.resolve();
    for (const { topic, qos } of subscriptions) {
      if (!this.options.mayHold(client, { topic, qos })) continue;
      if (session.subscriptions.size >= this.options.limits.subscriptions && !session.subscriptions.has(topic))
        this.options.dropped(client.id, 'subscriptions of a session');
      else session.subscriptions.set(topic, { topic, qos });
    }
    return Promise.resolve();
  }

  removeSubscriptions(client: SessionClient, filters: readonly string[]): Promise<void> {
    const session = this.sessions.get(client.id);
    for (const filter of filters) session?.subscriptions.delete(filter);
    return Promise.resolve();
  }

  /** Asked when a client with a session connects; begins the session when there is none. */
  subscriptionsByClient(client: SessionClient): Promise<StoredSubscription[]> {
    const session = this.sessions.get(client.id);
    if (session) {
      const subscriptions = [...session.subscriptions.values()];
      return Promise.resolve(subscriptions.length > 0 ? subscriptions : [{ topic: sessionMark, qos: 0 }]);
    }
    if (this.sessions.size >= this.options.limits.sessions) this.options.dropped(client.id, 'sessions');
    else this.sessions.set(client.id, { subscriptions: new Map(), waiting: new Set(), bytes: 0, nextId: 1 });
    return Promise.resolve([]);
  }

  countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    let subsCount = 0;
    for (const session of this.sessions.values()) subsCount += session.subscriptions.size;
    return Promise.resolve({ subsCount, clientsCount: this.sessions.size });
  }

  /** One entry per session: its highest QoS for the topic [MQTT-3.3.5-1]. */
  subscriptionsByTopic(topic: string): Promise<{ clientId: string; topic: string; qos: number }[]> {
    const found: { clientId: string; topic: string; qos: number }[] = [];
    for (const [clientId, { subscriptions }] of this.sessions) {
      let qos = 0;
      let filter = '';
      for (const subscription of subscriptions.values()) {
        if (subscription.qos <= qos || !matchesTopic(subscription.topic, topic)) continue;
        qos = subscription.qos;
        filter = subscription.topic;
      }
      if (qos > 0) found.push({ clientId, topic: filter, qos });
    }
    return Promise.resolve(found);
  }

  cleanSubscriptions(client: SessionClient): Promise<void> {
    this.sessions.delete(client.id);
    return Promise.resolve();
  }

  outgoingEnqueue(subscription: { clientId: string; qos?: number }, packet: StoredPacket): Promise<void> {
    const session = this.sessions.get(subscription.clientId);
    if (!session) return Promise.resolve();
    const { limits } = this.options;
    const bytes = packet.payload.length + packet.topic.length;
    if (session.waiting.size >= limits.queued || session.bytes + bytes > limits.queuedBytes) {
      this.options.dropped(subscription.clientId, 'queue of a session');
      return Promise.resolve();
    }
    session.bytes += bytes;
    const qos = Math.min(packet.qos, subscription.qos ?? 2) as 0 | 1 | 2;
    session.waiting.add({ packet: { ...copyOf(packet), qos, retain: false, dup: false } });
    return Promise.resolve();
  }

  async outgoingEnqueueCombi(
    subscriptions: readonly { clientId: string; qos?: number }[],
    packet: StoredPacket,
  ): Promise<void> {
    for (const subscription of subscriptions) await this.outgoingEnqueue(subscription, packet);
  }

  /** Keeps a retained message that is about to be sent to a session, so that it is sent again when need be. */
  hold(client: SessionClient, packet: StoredPacket): void {
    const session = this.sessions.get(client.id);
    if (!session) return;
    packet.messageId = freeId(session);
    const bytes = packet.payload.length + packet.topic.length;
    const { limits } = this.options;
    if (session.waiting.size >= limits.queued || session.bytes + bytes > limits.queuedBytes) return;
    session.bytes += bytes;
    session.waiting.add({ packet: copyOf(packet), sentOn: client });
  }

  /** Called right before a packet is written: notes its packet id, or the PUBREL in place of the PUBLISH. */
  outgoingUpdate(client: SessionClient, packet: StoredPacket): Promise<void> {
    const session = this.sessions.get(client.id);
    if (!session) return Promise.resolve();
    if (packet.cmd === 'pubrel') {
      const waiting = byMessageId(session, packet.messageId);
      if (waiting) {
        session.bytes -= waiting.packet.payload?.length ?? 0;
        waiting.packet = { ...packet, payload: Buffer.alloc(0) };
        waiting.sentOn = client;
      }
      return Promise.resolve();
    }
    for (const waiting of session.waiting) {
      const { brokerId, brokerCounter } = waiting.packet;
      if (brokerId !== packet.brokerId || brokerCounter !== packet.brokerCounter) continue;
      waiting.packet.messageId ??= freeId(session);
      packet.messageId = waiting.packet.messageId;
      waiting.sentOn = client;
      return Promise.resolve();
    }
    return Promise.resolve();
  }

  outgoingClearMessageId(client: SessionClient, packet: { messageId?: number }): Promise<StoredPacket | undefined> {
    const session = this.sessions.get(client.id);
    const waiting = session && byMessageId(session, packet.messageId);
    if (!session || !waiting) return Promise.resolve(undefined);
    session.waiting.delete(waiting);
    session.bytes -= (waiting.packet.payload?.length ?? 0) + (waiting.packet.topic?.length ?? 0);
    return Promise.resolve(waiting.packet);
  }

  /** What waits for a client and was not sent on this connection, also what comes in meanwhile. */
  outgoingStream(client: SessionClient): Readable {
    return Readable.from(this.unsent(client));
  }

  *unsent(client: SessionClient): Generator<StoredPacket> {
    const session = this.sessions.get(client.id);
    if (!session) return;
    for (const waiting of session.waiting) {
      if (waiting.sentOn === client) continue;
      const again = waiting.sentOn !== undefined && waiting.packet.cmd === 'publish';
      yield again ? { ...waiting.packet, dup: true } : waiting.packet;
    }
  }

  incomingStorePacket(client: SessionClient, packet: { messageId: number }): Promise<void> {
    const ids = this.unreleased.get(client.id) ?? new Set();
    this.unreleased.set(client.id, ids.add(packet.messageId));
    return Promise.resolve();
  }

  incomingGetPacket(client: SessionClient, packet: { messageId: number }): Promise<{ messageId: number }> {
    if (!this.unreleased.get(client.id)?.has(packet.messageId)) return Promise.reject(new RangeError('no such packet'));
    return Promise.resolve({ messageId: packet.messageId });
  }

  incomingDelPacket(client: SessionClient, packet: { messageId: number }): Promise<void> {
    const ids = this.unreleased.get(client.id);
    if (!ids?.delete(packet.messageId)) return Promise.reject(new RangeError('no such packet'));
    if (ids.size === 0) this.unreleased.delete(client.id);
    return Promise.resolve();
  }

  cleanIncoming(client: SessionClient): Promise<void> {
    this.unreleased.delete(client.id);
    return Promise.resolve();
  }

  putWill(client: SessionClient, packet: StoredPacket): Promise<void> {
    packet.brokerId = this.broker.id;
    packet.clientId = client.id;
    this.wills.set(client.id, packet);
    return Promise.resolve();
  }

  getWill(client: SessionClient): Promise<StoredPacket | undefined> {
    return Promise.resolve(this.wills.get(client.id));
  }

  delWill(client: SessionClient): Promise<StoredPacket | undefined> {
    const will = this.wills.get(client.id);
    this.wills.delete(client.id);
    return Promise.resolve(will);
  }

  /** Wills of other brokers; there are none in memory. */
  streamWill(): Readable {
    return Readable.from([]);
  }

  destroy(): Promise<void> {
    this.sessions.clear();
    this.retained.clear();
    this.unreleased.clear();
    this.wills.clear();
    return Promise.resolve();
  }
}

/** Payloads are cut out of large network buffers: keeping the cutting would keep the buffer. */
const copyOf = (packet: StoredPacket): StoredPacket => ({ ...packet, payload: Buffer.from(packet.payload) });

function byMessageId(session: Session, messageId: number | undefined): Waiting | undefined {
  if (messageId === undefined) return undefined;
  for (const waiting of session.waiting) if (waiting.packet.messageId === messageId) return waiting;
  return undefined;
}

function freeId(session: Session): number {
  const taken = new Set<number | undefined>();
  for (const waiting of session.waiting) taken.add(waiting.packet.messageId);
  while (taken.has(session.nextId)) session.nextId = (session.nextId % 65_535) + 1;
  const id = session.nextId;
  session.nextId = (id % 65_535) + 1;
  return id;
}

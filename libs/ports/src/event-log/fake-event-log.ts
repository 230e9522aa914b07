import { partitionOf, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { EncodedEvent, EventLog, LogEvent, LogRecord, Subscription, SubscriptionHandle } from './event-log';

/** What a fake log holds; several fakes over one storage behave like several processes over one log. */
export class FakeLogStorage {
  private readonly lanes = new Map<string, LogRecord[]>();
  private readonly wakers = new Set<() => void>();
  /** Who may read a partition for a group; key `group topic partition`. */
  readonly leases = new Map<string, FakeMember>();
  readonly members = new Map<string, Set<FakeMember>>();
  /** While true the log cannot be reached. */
  down = false;
  private stored = 0;

  /** At most `limit` records; more is a Fault `FAKE_LOG_FULL`, so that a test which never stops is found. */
  constructor(
    readonly partitions = 4,
    private readonly limit = 1_000_000,
  ) {}

  lane(topic: Topic, partition: number): LogRecord[] {
    const key = `${topic} ${partition}`;
    const lane = this.lanes.get(key) ?? [];
    this.lanes.set(key, lane);
    return lane;
  }

  store(topic: Topic, partition: number, event: unknown, outbox: LogEvent['outbox']): void {
    if (this.stored++ >= this.limit)
      throw new Fault('FAKE_LOG_FULL', `the fake log holds no more than ${this.limit} records`);
    const lane = this.lane(topic, partition);
    const storedAt = Math.max(Date.now(), lane.at(-1)?.storedAt ?? 0);
    lane.push({ offset: lane.length, event, storedAt, ...(outbox ? { outbox } : {}) });
  }

  /** Wakes everybody who waits for something to change. */
  wake(): void {
    for (const waker of [...this.wakers]) waker();
  }

  /** Resolves at the next change, or after `most` ms. */
  async changed(most: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, most);
      this.wakers.add(done);
    });
  }
}

/** Options of a fake log. */
export interface FakeEventLogOptions {
  readonly partitions?: number;
  /** Give the same storage to several fakes to have several instances over one log. */
  readonly storage?: FakeLogStorage;
}

/** An EventLog in memory: same promises as the real ones as long as the process lives. For tests only. */
export class FakeEventLog implements EventLog {
  readonly storage: FakeLogStorage;
  private readonly running = new Set<FakeMember>();
  private readonly appending = new Set<Promise<void>>();
  private closed = false;

  constructor(options: FakeEventLogOptions = {}) {
    this.storage = options.storage ?? new FakeLogStorage(options.partitions);
  }

  get partitions(): number {
    return this.storage.partitions;
  }

  append(topic: Topic, events: readonly LogEvent[]): Promise<void> {
    const appended = this.store(topic, events);
    this.appending.add(appended);
    const forget = (): void => void this.appending.delete(appended);
    appended.then(forget, forget);
    return appended;
  }

  async subscribe(subscription: Subscription): Promise<SubscriptionHandle> {
    if (this.closed) throw new Fault('LOG_CLOSED', 'the event log is closed');
    const member = new FakeMember(this.storage, subscription);
    this.running.add(member);
    member.start();
    return {
      stop: async () => {
        this.running.delete(member);
        await member.stop();
      },
    };
  }

  async endOffsets(topic: Topic): Promise<readonly number[]> {
    this.reach();
    return Array.from({ length: this.partitions }, (_, partition) => this.storage.lane(topic, partition).length);
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.running].map((member) => member.stop()));
    await Promise.allSettled([...this.appending]);
  }

  private async store(topic: Topic, events: readonly LogEvent[]): Promise<void> {
    if (this.closed) throw new Fault('LOG_CLOSED', 'the event log is closed');
    this.reach();
    // Stored at once, in the order of the calls; as JSON, because that is what the real logs keep.
    const stored = events.map(({ event, outbox }) => ({
      key: event.key,
      event: JSON.parse('json' in event ? textOf(event) : JSON.stringify(event)) as unknown,
      outbox,
    }));
    for (const { key, event, outbox } of stored)
      this.storage.store(topic, partitionOf(key, this.partitions), event, outbox);
    await new Promise((resolve) => setImmediate(resolve));
    this.storage.wake();
  }

  private reach(): void {
    if (this.storage.down) throw new Fault('LOG_UNAVAILABLE', 'the fake log is down', { retryable: true });
  }
}

const textOf = ({ json }: EncodedEvent): string => (typeof json === 'string' ? json : new TextDecoder().decode(json));

/** One subscription: takes its fair share of the group's partitions and delivers them. */
class FakeMember {
  private stopping = false;
  private readonly loops: Promise<void>[] = [];

  constructor(
    private readonly storage: FakeLogStorage,
    private readonly subscription: Subscription,
  ) {}

  start(): void {
    for (const topic of this.subscription.topics) {
      this.group(topic).add(this);
      for (let partition = 0; partition < this.storage.partitions; partition++)
        this.loops.push(this.loop(topic, partition));
    }
    this.storage.wake();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const topic of this.subscription.topics) this.group(topic).delete(this);
    this.storage.wake();
    await Promise.all(this.loops);
  }

  private group(topic: Topic): Set<FakeMember> {
    const key = `${this.subscription.group} ${topic}`;
    const group = this.storage.members.get(key) ?? new Set();
    this.storage.members.set(key, group);
    return group;
  }

  private held(topic: Topic): number {
    const prefix = `${this.subscription.group} ${topic} `;
    return [...this.storage.leases].filter(([key, member]) => member === this && key.startsWith(prefix)).length;
  }

  private share(topic: Topic): number {
    return Math.ceil(this.storage.partitions / Math.max(1, this.group(topic).size));
  }

  private async loop(topic: Topic, partition: number): Promise<void> {
    const key = `${this.subscription.group} ${topic} ${partition}`;
    while (!this.stopping) {
      if (this.storage.leases.has(key) || this.held(topic) >= this.share(topic)) {
        await this.storage.changed(1000);
        continue;
      }
      this.storage.leases.set(key, this);
      await this.deliver(topic, partition);
      this.storage.leases.delete(key);
      this.storage.wake();
    }
  }

  private async deliver(topic: Topic, partition: number): Promise<void> {
    let next: number | undefined;
    let pause = 10;
    while (!this.stopping && this.held(topic) <= this.share(topic)) {
      try {
        if (this.storage.down) throw new Fault('LOG_UNAVAILABLE', 'the fake log is down', { retryable: true });
        next ??= await this.position(topic, partition);
        const records = this.storage.lane(topic, partition).slice(next, next + (this.subscription.maxBatch ?? 500));
        const last = records.at(-1);
        if (!last) {
          await this.storage.changed(1000);
          continue;
        }
        await this.subscription.onBatch({ topic, partition, records });
        next = last.offset + 1;
        pause = 10;
      } catch (error) {
        next = undefined;
        this.subscription.onFault?.(error);
        const until = Date.now() + pause;
        while (!this.stopping && Date.now() < until) await this.storage.changed(until - Date.now());
        pause = Math.min(1000, pause * 2);
      }
    }
  }

  private async position(topic: Topic, partition: number): Promise<number> {
    const start = await this.subscription.startAt(topic, partition);
    return start === 'end' ? this.storage.lane(topic, partition).length : start;
  }
}

import { createHash } from 'node:crypto';
import type { Topic } from '@quaywatch/contracts';
import type { Subscription, SubscriptionHandle } from '@quaywatch/ports';
import { Client, type ClientConfig } from 'pg';
import { unavailable } from '../../event-log/append-queue';
import { channel } from './announcer';
import { PartitionReader, type ReaderSource } from './partition-reader';
import { pgFault } from './pg-fault';

/** Groups are looked at and heads are polled this often (ms), should an announcement have been lost. */
const tickEvery = 1000;
const reconnectPauseMax = 5000;

/**
 * The subscriptions of one instance: one connection that listens for announcements and holds an advisory lock for
 * each partition that this instance reads for a group. Members of a group count each other by a shared advisory lock
 * and take no more than their share, so that a new member finds partitions. When the connection is lost, all locks
 * are: reading stops and starts again after the next connect.
 */
export class GroupSession {
  private readonly members = new Set<Member>();
  private client: Client | undefined;
  private loop: Promise<void> | undefined;
  private stopping = false;
  private hurry: (() => void) | undefined;
  private hurried = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly source: ReaderSource,
    private readonly partitions: number,
    private readonly pollHeads: () => Promise<void>,
  ) {}

  subscribe(subscription: Subscription): SubscriptionHandle {
    const joined = subscription.topics.map((topic) => new Member(topic, subscription));
    for (const member of joined) this.members.add(member);
    this.loop ??= this.run();
    this.tickNow();
    return {
      stop: async () => {
        for (const member of joined) member.leaving = true;
        await Promise.all(joined.flatMap((member) => member.stopAll()));
        this.tickNow();
        await Promise.all(joined.map((member) => (this.loop ? Promise.race([member.left, this.loop]) : undefined)));
      },
    };
  }

  /** Stops all readers, waits for batches under way, lets go of all locks. */
  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.members].flatMap((member) => member.stopAll()));
    this.tickNow();
    await this.loop;
  }

  private async run(): Promise<void> {
    for (let pause = 100; !this.stopping;) {
      try {
        const client = await this.connect();
        while (!this.stopping && this.client === client) {
          await this.tick(client);
          pause = 100;
          await this.rest(tickEvery);
        }
        if (!this.stopping) throw unavailable('the connection that listens was lost');
      } catch (error) {
        for (const { leaving, subscription } of this.members) if (!leaving) subscription.onFault?.(pgFault(error));
        await this.disconnect();
        await this.rest(pause);
        pause = Math.min(reconnectPauseMax, pause * 2);
      }
    }
    await this.disconnect();
  }

  private async connect(): Promise<Client> {
    const client = new Client({ ...this.config, query_timeout: 10_000 });
    client.on('notification', ({ payload }) => this.heard(payload ?? ''));
    const lost = (): void => {
      if (this.client !== client) return;
      this.client = undefined;
      this.tickNow();
    };
    client.on('error', lost);
    client.on('end', lost);
    await client.connect();
    this.client = client;
    // So that the server frees the locks of an instance that has vanished from the network.
    await client.query('set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3');
    await client.query(`listen ${channel}`);
    return client;
  }

  /** The locks are gone with the connection; whoever still reads stops. */
  private async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await Promise.all([...this.members].flatMap((member) => member.stopAll()));
    for (const member of this.members) member.forget();
    for (const member of this.members) if (member.leaving) this.members.delete(member);
    this.source.signals.reset();
    await client?.end().catch(() => undefined);
  }

  /** Joins, leaves, gives back and takes, so that each member comes to its share. */
  private async tick(client: Client): Promise<void> {
    await this.pollHeads();
    let changed = false;
    for (const member of this.members) {
      for (const reader of member.stopped()) {
        await client.query('select pg_advisory_unlock($1)', [member.lockOf(reader.partition)]);
        member.readers.delete(reader.partition);
        changed = true;
      }
      if (member.leaving) {
        if (member.readers.size > 0) continue;
        if (member.joined) await client.query('select pg_advisory_unlock_shared($1)', [member.lock]);
        this.members.delete(member);
        member.leave();
        changed = true;
      } else if (!member.joined) {
        await client.query('select pg_advisory_lock_shared($1)', [member.lock]);
        member.joined = true;
        changed = true;
      }
    }
    if (changed) await client.query('select pg_notify($1, $2)', [channel, 'members']);
    const sizes = await this.groupSizes(client);
    for (const member of this.members) {
      if (!member.leaving) await this.share(client, member, Math.ceil(this.partitions / (sizes.get(member.lock) ?? 1)));
    }
  }

  private async share(client: Client, member: Member, share: number): Promise<void> {
    for (const reader of member.surplus(share)) void reader.stop().then(() => this.tickNow());
    // Each starts to look at another partition, so that they seldom ask for the same.
    for (let i = 0; i < this.partitions && member.readers.size < share; i++) {
      const partition = (i + member.start) % this.partitions;
      if (member.readers.has(partition) || this.heldHere(member, partition)) continue;
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
        member.lockOf(partition),
      ]);
      if (!rows[0]?.taken) continue;
      if (this.client !== client || member.leaving || this.stopping) {
        await client.query('select pg_advisory_unlock($1)', [member.lockOf(partition)]);
        return;
      }
      member.readers.set(partition, new PartitionReader(this.source, member.subscription, member.topic, partition));
    }
  }

  /** A session gets a lock that it already holds: members of one group in this process must not count on it. */
  private heldHere(member: Member, partition: number): boolean {
    return [...this.members].some(
      (other) => other !== member && other.lock === member.lock && other.readers.has(partition),
    );
  }

  /** How many members each of our groups has, by its lock. */
  private async groupSizes(client: Client): Promise<ReadonlyMap<string, number>> {
    const { rows } = await client.query<{ lock: string; sessions: number }>(
      `select ((classid::bigint << 32) | objid::bigint)::text as lock, count(*)::int as sessions from pg_locks
       where locktype = 'advisory' and mode = 'ShareLock' and objsubid = 1 and granted
         and database = (select oid from pg_database where datname = current_database())
       group by 1`,
    );
    const sizes = new Map(rows.map((row) => [row.lock, row.sessions]));
    const here = new Map<string, number>();
    for (const { lock, joined, leaving } of this.members)
      if (joined && !leaving) here.set(lock, (here.get(lock) ?? 0) + 1);
    for (const [lock, count] of here) sizes.set(lock, Math.max(1, (sizes.get(lock) ?? 1) - 1 + count));
    return sizes;
  }

  private heard(payload: string): void {
    if (payload === 'members') return this.tickNow();
    for (const line of payload.split('\n')) {
      const [topic, partition, next] = line.split(' ');
      if (topic && partition && next) this.source.signals.moved(topic, Number(partition), Number(next));
    }
  }

  private tickNow(): void {
    this.hurried = true;
    this.hurry?.();
  }

  private async rest(most: number): Promise<void> {
    if (!this.hurried) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, most);
        this.hurry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.hurry = undefined;
    this.hurried = false;
  }
}

/** One topic of one subscription. */
class Member {
  readonly lock: string;
  readonly readers = new Map<number, PartitionReader>();
  readonly start = Math.floor(Math.random() * 1000);
  joined = false;
  leaving = false;
  leave!: () => void;
  readonly left = new Promise<void>((resolve) => (this.leave = resolve));
  private readonly ended = new Set<PartitionReader>();

  constructor(
    readonly topic: Topic,
    readonly subscription: Subscription,
  ) {
    this.lock = lockOf('members', subscription.group, topic);
  }

  lockOf(partition: number): string {
    return lockOf('partition', this.subscription.group, this.topic, String(partition));
  }

  /** Asks all readers to stop; each promise resolves when its batch under way is done. */
  stopAll(): readonly Promise<void>[] {
    return [...this.readers.values()].map((reader) => this.stop(reader));
  }

  /** Asks those beyond the share to stop; gives the ones newly asked. */
  surplus(share: number): readonly { stop(): Promise<void> }[] {
    const staying = [...this.readers.values()].filter((reader) => !reader.stopping);
    return staying.slice(share).map((reader) => ({ stop: () => this.stop(reader) }));
  }

  /** Readers that have come to an end, whose locks can be given back. */
  stopped(): readonly PartitionReader[] {
    return [...this.ended].filter(
      (reader) => this.ended.delete(reader) && this.readers.get(reader.partition) === reader,
    );
  }

  forget(): void {
    this.readers.clear();
    this.ended.clear();
    this.joined = false;
    if (this.leaving) this.leave();
  }

  private async stop(reader: PartitionReader): Promise<void> {
    await reader.stop();
    this.ended.add(reader);
  }
}

function lockOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest().readBigInt64BE(0).toString();
}

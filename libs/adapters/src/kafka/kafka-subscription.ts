import type { Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { Subscription } from '@quaywatch/ports';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { KafkaAdmin } from './kafka-admin';
import { teachKafkajs } from './kafka-compression';
import { kafkaFault } from './kafka-fault';
import { recordOf } from './kafka-records';

const heartbeatEvery = 1000;
/** Longest pause after a failed delivery or a lost connection, ms. */
const retryPauseMax = 5000;
/** How long a batch waits for the position of its partition before it is given back, ms. */
const patience = 1000;

/** A partition given to this instance, from one joining of the group to the next. */
interface Assigned {
  readonly topic: Topic;
  readonly partition: number;
  /** Offset of the next record to deliver; undefined until `startAt` has answered. */
  next: number | undefined;
  /** Resolves when `next` is known (or the partition has been taken away). */
  located: Promise<void>;
  /** The batch under way. */
  busy: Promise<void>;
  gone: boolean;
  pause: number;
}

/**
 * One subscription on a kafkajs consumer. The position is the reader's (`startAt`); what the group has committed in
 * Kafka is never used. kafkajs may hand over batches that were fetched before a seek: a batch is used only when it was
 * fetched from at or before the next offset, otherwise it is dropped and fetched again.
 */
export class KafkaSubscription {
  private readonly assigned = new Map<string, Assigned>();
  private consumer: Consumer | undefined;
  /** Members of the group that this subscription was, and that broke down without leaving. */
  private readonly broken = new Set<string>();
  private stopping = false;
  private wakeUp: () => void = () => undefined;
  private readonly stopAsked = new Promise<void>((resolve) => (this.wakeUp = resolve));
  private readonly loop: Promise<void>;

  constructor(
    private readonly kafka: Kafka,
    private readonly admin: KafkaAdmin,
    private readonly subscription: Subscription,
    /** Tells the broker that a member of the group is gone. */
    private readonly leave: (group: string, member: string) => Promise<void>,
  ) {
    this.loop = this.run();
  }

  /** Takes no new batch, waits for the one under way, leaves the group. */
  stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp();
    return this.loop;
  }

  private async run(): Promise<void> {
    for (let pause = 200; !this.stopping;) {
      const began = Date.now();
      try {
        await teachKafkajs();
        await this.admin.ensureTopics();
        await this.consume();
      } catch (error) {
        if (this.stopping) return;
        this.subscription.onFault?.(kafkaFault(error));
        if (Date.now() - began > 30_000) pause = 200;
        await this.rest(pause);
        pause = Math.min(retryPauseMax, pause * 2);
      }
    }
  }

  /** Resolves when asked to stop; rejects when the consumer has broken down. */
  private async consume(): Promise<void> {
    const consumer = this.kafka.consumer({
      groupId: this.subscription.group,
      sessionTimeout: 10_000,
      heartbeatInterval: heartbeatEvery,
      rebalanceTimeout: 60_000,
      // A fetch is answered as soon as there is one record; this is only how long it waits when there is none.
      minBytes: 1,
      maxWaitTimeInMs: 250,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => false },
    });
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    crashed.catch(() => undefined);
    let member: string | undefined;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      member = payload.memberId;
      this.assign(consumer, payload.memberAssignment);
    });
    let whole = false;
    this.consumer = consumer;
    try {
      await consumer.connect();
      await this.leaveBroken();
      await consumer.subscribe({ topics: [...this.subscription.topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 16,
        eachBatch: (payload) => this.eachBatch(consumer, payload),
      });
      await Promise.race([crashed, this.stopAsked]);
      whole = true;
    } finally {
      const left = this.release();
      await Promise.all(left.map((partition) => partition.busy));
      this.consumer = undefined;
      await consumer.disconnect().catch(() => undefined);
      if (!whole && member !== undefined) this.broken.add(member);
    }
  }

  /** One that broke down has not left: the broker would wait for it before it gives its partitions to anybody. */
  private async leaveBroken(): Promise<void> {
    for (const member of this.broken) {
      // Fails when its session has ended meanwhile; or the broker is away again, which shows by itself.
      await this.leave(this.subscription.group, member).catch(() => undefined);
      this.broken.delete(member);
    }
  }

  /** Called by kafkajs between joining and the first fetch. */
  private assign(consumer: Consumer, assignment: Readonly<Record<string, readonly number[]>>): void {
    const before = new Map(
      this.release().map((partition) => [`${partition.topic} ${partition.partition}`, partition.busy]),
    );
    for (const topic of this.subscription.topics) {
      for (const partition of assignment[topic] ?? []) {
        const name = `${topic} ${partition}`;
        const busy = before.get(name) ?? Promise.resolve();
        const mine: Assigned = {
          topic,
          partition,
          next: undefined,
          located: Promise.resolve(),
          busy,
          gone: false,
          pause: 50,
        };
        this.assigned.set(name, mine);
        mine.located = busy.then(() => this.locate(consumer, mine));
      }
    }
  }

  private release(): readonly Assigned[] {
    const released = [...this.assigned.values()];
    this.assigned.clear();
    for (const partition of released) partition.gone = true;
    return released;
  }

  /** Asks `startAt` until it answers, and moves the consumer there. Never rejects. */
  private async locate(consumer: Consumer, mine: Assigned): Promise<void> {
    const { topic, partition } = mine;
    while (!mine.gone && !this.stopping) {
      try {
        const start = await this.subscription.startAt(topic, partition);
        const { low, high } = (await this.admin.ends(topic))[partition] ?? { low: 0, high: 0 };
        if (typeof start === 'number' && start > high) {
          const message = `${topic}/${partition} ends at ${high}, before the consumer's position ${start}: not the log it has read before`;
          throw new Fault('LOG_BEHIND_POSITION', message);
        }
        const next = start === 'end' ? high : start;
        if (next < low) this.truncated(mine, next, low);
        if (mine.gone || this.stopping) return;
        mine.next = Math.max(next, low);
        this.seek(consumer, mine);
        return;
      } catch (error) {
        if (mine.gone || this.stopping) return;
        this.subscription.onFault?.(error);
        await this.restFor(mine);
      }
    }
  }

  private async eachBatch(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const mine = this.assigned.get(`${topic} ${partition}`);
    if (!mine || mine.gone || this.stopping) return;
    await Promise.race([mine.located, this.rest(patience)]);
    if (mine.gone || this.stopping) return;
    if (mine.next === undefined) {
      // Held back so that the other partitions go on; fetched again when the position is known.
      consumer.pause([{ topic, partitions: [partition] }]);
      void mine.located.then(() => this.resume(consumer, mine));
      return;
    }
    // Kept by kafkajs but not in its types: the offset that this batch was asked for.
    const fetched = Number((payload.batch as Batch & { fetchedOffset: string | number }).fetchedOffset);
    if (fetched > mine.next) return this.fetchAgain(consumer, mine, fetched);
    const work = this.deliver(consumer, mine, payload);
    mine.busy = work.then(
      () => undefined,
      () => undefined,
    );
    await work;
  }

  /** Delivers the records not yet delivered. Rejects only with what kafkajs has to know: the group is rebalancing. */
  private async deliver(consumer: Consumer, mine: Assigned, payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, resolveOffset, isRunning } = payload;
    const { topic, partition } = mine;
    const most = this.subscription.maxBatch ?? 500;
    const messages = batch.messages.filter((message) => Number(message.offset) >= (mine.next as number));
    for (let at = 0; at < messages.length; at += most) {
      if (mine.gone || this.stopping || !isRunning()) return;
      const records = messages.slice(at, at + most).map(recordOf);
      let lost: unknown;
      const beat = setInterval(() => void heartbeat().catch((error: unknown) => (lost = error)), heartbeatEvery);
      try {
        await this.subscription.onBatch({ topic, partition, records });
      } catch (error) {
        this.failed(consumer, mine, error);
        return;
      } finally {
        clearInterval(beat);
      }
      const last = (records.at(-1) as (typeof records)[0]).offset;
      mine.next = last + 1;
      mine.pause = 50;
      resolveOffset(String(last));
      if (lost) throw lost;
      await heartbeat();
    }
    resolveOffset(batch.lastOffset());
    mine.next = Math.max(mine.next as number, Number(batch.lastOffset()) + 1);
  }

  /** Holds the partition back for a while, then goes on from where the reader says; other partitions go on. */
  private failed(consumer: Consumer, mine: Assigned, error: unknown): void {
    this.subscription.onFault?.(error);
    mine.next = undefined;
    consumer.pause([{ topic: mine.topic, partitions: [mine.partition] }]);
    mine.located = this.restFor(mine).then(() => this.locate(consumer, mine));
    void mine.located.then(() => this.resume(consumer, mine));
  }

  /** The batch begins after the next record: it was fetched before a seek, or retention has removed records. */
  private async fetchAgain(consumer: Consumer, mine: Assigned, fetched: number): Promise<void> {
    try {
      const { low } = (await this.admin.ends(mine.topic))[mine.partition] ?? { low: 0 };
      if (mine.next !== undefined && low > mine.next && low <= fetched) {
        this.truncated(mine, mine.next, low);
        mine.next = low;
      }
    } catch (error) {
      this.subscription.onFault?.(error);
      await this.restFor(mine);
    }
    if (!mine.gone && mine.next !== undefined) this.seek(consumer, mine);
  }

  private truncated({ topic, partition }: Assigned, from: number, low: number): void {
    const message = `${topic}/${partition}: ${from} to ${low - 1} are no longer in the log`;
    this.subscription.onFault?.(new Fault('LOG_TRUNCATED', message));
  }

  private seek(consumer: Consumer, { topic, partition, next }: Assigned): void {
    if (this.consumer === consumer) consumer.seek({ topic, partition, offset: String(next) });
  }

  private resume(consumer: Consumer, mine: Assigned): void {
    if (mine.gone || this.stopping || this.consumer !== consumer) return;
    consumer.resume([{ topic: mine.topic, partitions: [mine.partition] }]);
  }

  private async restFor(mine: Assigned): Promise<void> {
    const pause = mine.pause;
    mine.pause = Math.min(retryPauseMax, pause * 2);
    await this.rest(pause);
  }

  private async rest(pause: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, pause))), this.stopAsked]);
    clearTimeout(timer);
  }
}

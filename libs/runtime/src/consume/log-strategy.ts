import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { topics, type Topic } from '@quaywatch/contracts';
import { describeError, done, Fault, type Outcome } from '@quaywatch/kernel';
import type { EventLog, LogBatch, SubscriptionHandle, ViewStore } from '@quaywatch/ports';
import { lastValueFrom } from 'rxjs';
import type { Logger } from '../logger';
import type { ConsumerMetrics } from '../observe/consumer-metrics';
import { deliver, type Delivery } from './deliver';
import { patternOf, type EventBatch } from './on-events';

/** How a view that is rebuilt beside the one in use is fed. */
export interface BesideFeed {
  /** Only these consumers run. */
  readonly consumers: ReadonlySet<string>;
  /** Records of a batch, in order and whole, as far and as soon as they may be handled; ends when it should stop. */
  pass(consumer: string, batch: LogBatch, stopping: () => boolean): AsyncIterable<LogBatch>;
}

/** Nest transport over the event-log port: `@OnEvents` handlers become consumers with their position beside their rows. */
export class LogStrategy extends Server implements CustomTransportStrategy {
  private readonly handles: SubscriptionHandle[] = [];
  private stopping = false;
  /** Ends the rests under way. */
  private readonly resting = new Set<() => void>();
  private readonly faults = new Map<string, string>();

  constructor(
    readonly service: string,
    private readonly log: EventLog,
    private readonly store: ViewStore,
    private readonly log4: Logger,
    private readonly options: { readonly beside?: BesideFeed; readonly metrics?: ConsumerMetrics } = {},
  ) {
    super();
  }

  private get beside(): BesideFeed | undefined {
    return this.options.beside;
  }

  /** Every consumer of this service with a topic that it reads. */
  get consumed(): (readonly [consumer: string, topic: Topic])[] {
    return [...this.messageHandlers.keys()].map((pattern) => pattern.split(' ') as [string, Topic]);
  }

  /** Why this service is not ready, by consumer; empty when all consumers go on. */
  get notReady(): readonly string[] {
    return [...this.faults].map(([consumer, reason]) => `${consumer}: ${reason}`);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      for (const [pattern, handler] of this.messageHandlers) {
        const [consumer, topic] = pattern.split(' ') as [string, Topic];
        if (this.beside && !this.beside.consumers.has(consumer)) continue;
        if (!(topic in topics)) throw new Fault('NO_SUCH_TOPIC', `${this.service} listens to unknown topic ${topic}`);
        this.handles.push(await this.consume(consumer, topic, handler));
      }
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async close(): Promise<void> {
    this.stopping = true;
    for (const wake of this.resting) wake();
    await Promise.all(this.handles.splice(0).map((handle) => handle.stop()));
  }

  /** The handler of a consumer and topic; undefined when this build has none. */
  handlerOf(consumer: string, topic: Topic): ((batch: EventBatch) => Promise<Outcome>) | undefined {
    const handler = this.messageHandlers.get(patternOf(consumer, topic));
    return handler && ((batch) => this.invoke(handler, batch));
  }

  on(): void {
    // Nest's interface asks for it; this transport has no events of its own.
  }

  unwrap<T>(): T {
    return this.log as T;
  }

  private consume(consumer: string, topic: Topic, handler: MessageHandler): Promise<SubscriptionHandle> {
    const name = `${this.service}.${consumer}.${topic}`;
    const believed = new Map<number, number>();
    /** Partitions whose last batch failed: only its success says that all is well again. */
    const failing = new Set<number>();
    const recovered = (): void => {
      if (failing.size === 0) this.faults.delete(name);
    };
    const { metrics } = this.options;
    const { mostAtOnce, restFor = 0 } = (handler.extras ?? {}) as { mostAtOnce?: number; restFor?: number };
    const fault = (error: unknown): void => {
      metrics?.failed(consumer, topic);
      // Another instance has this one's partition now and answers for it.
      if (error instanceof Fault && error.code === 'STALE_INSTANCE') failing.clear();
      const reason = describeError(error);
      this.faults.set(name, reason);
      this.log4.warn({ consumer, topic, reason }, 'delivery failed, will be tried again');
    };
    const delivery: Delivery = {
      consumer,
      topic,
      store: this.store,
      believed,
      handle: (events) => this.invoke(handler, events),
      onQuarantine: (offset, reason) => {
        metrics?.putAside(consumer, topic);
        this.log4.error({ consumer, topic, offset, reason }, 'event put aside');
      },
    };
    return this.log.subscribe({
      group: `${this.service}.${consumer}${this.beside ? '~beside' : ''}`,
      topics: [topic],
      maxBatch: this.beside ? 500 : (mostAtOnce as number),
      startAt: async (_topic, partition) => {
        // After a failed batch the log asks too; the partition is still this instance's then.
        if (!failing.has(partition)) metrics?.assigned(consumer, topic);
        const position = await this.store.transact((tx) => tx.position(consumer, topic, partition));
        believed.set(partition, position?.next ?? 0);
        recovered();
        return position?.next ?? 0;
      },
      onBatch: async (batch) => {
        const began = performance.now();
        failing.add(batch.partition);
        if (this.beside) {
          for await (const part of this.beside.pass(consumer, batch, () => this.stopping))
            await deliver(delivery, part);
        } else await deliver(delivery, batch);
        failing.delete(batch.partition);
        recovered();
        metrics?.delivered(consumer, topic, batch.records.length, performance.now() - began);
        if (restFor > 0 && batch.records.length < (mostAtOnce ?? 0) && !this.beside) await this.rest(restFor);
      },
      onFault: fault,
    });
  }

  private async rest(ms: number): Promise<void> {
    if (this.stopping) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.resting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.resting.add(wake);
    });
  }

  private async invoke(handler: MessageHandler, batch: EventBatch): Promise<Outcome> {
    const answer: unknown = await lastValueFrom(this.transformToObservable(await handler(batch)), {
      defaultValue: done,
    });
    if (isOutcome(answer)) return answer;
    throw new Fault('NO_OUTCOME', `a handler of ${batch.topic} answered without an outcome`);
  }
}

const isOutcome = (value: unknown): value is Outcome =>
  typeof value === 'object' &&
  value !== null &&
  ['done', 'skip', 'retry', 'quarantine'].includes((value as Outcome).kind);

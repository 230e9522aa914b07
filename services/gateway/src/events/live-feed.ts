import { readEvent, type Topic } from '@quaywatch/contracts';
import { describeError } from '@quaywatch/kernel';
import type { Clock, EventLog, LogBatch, SubscriptionHandle } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { liveEvent, toldTypes } from './live-event';
import { Position } from './position';
import { RecentEvents, type Memory } from './recent-events';
import { Whereabouts } from './whereabouts';

/** Topics that readers hear of. */
export const followed = [
  'condition',
  'ha.health',
  'alerting',
  'da.telemetry',
  'dm.moves',
] as const satisfies readonly Topic[];

/** Topics read from their start: they tell where things are. */
const remembered: ReadonlySet<Topic> = new Set<Topic>(['fleet', 'alerting']);

/**
 * Follows the log, remembers the live events, and tells its listeners that there are new ones. One per gateway instance: each has its own
 * group, since every instance must see everything.
 */
export class LiveFeed {
  readonly partitions: number;
  private readonly where = new Whereabouts();
  private readonly listeners = new Set<() => void>();
  private readonly handles: SubscriptionHandle[] = [];
  private readonly next = new Map<string, number>();
  private start: ReadonlyMap<Topic, readonly number[]> = new Map();
  private place: Position;
  private ring: RecentEvents;

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly memory: Memory,
  ) {
    this.partitions = log.partitions;
    this.place = Position.at(followed, this.partitions, new Map());
    this.ring = new RecentEvents(this.place, this.memory);
  }

  /** Notes where the log ends now and begins to follow it from there. */
  async open(): Promise<void> {
    const ends = await Promise.all(followed.map(async (topic) => [topic, await this.log.endOffsets(topic)] as const));
    this.start = new Map(ends);
    this.place = Position.at(followed, this.partitions, this.start);
    this.ring = new RecentEvents(this.place, this.memory);
    const instance = Buffer.from(this.clock.random(6)).toString('hex');
    for (const topics of [['fleet'], [...followed]] as const) {
      this.handles.push(
        await this.log.subscribe({
          group: `gateway-live-${instance}-${topics[0]}`,
          topics,
          startAt: async (topic, partition) => this.next.get(`${topic} ${partition}`) ?? this.firstOf(topic, partition),
          onBatch: async (batch) => this.take(batch),
          onFault: (error) => this.logger.warn({ reason: describeError(error) }, 'live events are interrupted'),
        }),
      );
    }
  }

  /** Stops following. */
  async close(): Promise<void> {
    await Promise.all(this.handles.splice(0).map((handle) => handle.stop()));
    this.listeners.clear();
  }

  /** The place up to which everything was handed out. */
  get position(): Position {
    return this.place;
  }

  /** The events that are remembered. */
  get recent(): RecentEvents {
    return this.ring;
  }

  /** The place of an SSE id; undefined when it is none, or what came after it is not remembered any more. */
  placeOf(id: string): Position | undefined {
    const position = Position.parse(followed, this.partitions, id);
    return position && this.ring.reaches(position) ? position : undefined;
  }

  /** Calls back when there are new events. Returns how to stop. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private firstOf(topic: Topic, partition: number): number {
    return remembered.has(topic) ? 0 : (this.start.get(topic)?.[partition] ?? 0);
  }

  private take({ topic, partition, records }: LogBatch): void {
    const key = `${topic} ${partition}`;
    let told = false;
    for (const { offset, event: stored } of records) {
      if (offset < (this.next.get(key) ?? 0)) continue;
      this.next.set(key, offset + 1);
      const news = topic !== 'fleet' && offset >= (this.start.get(topic)?.[partition] ?? 0);
      // Most of the log is samples: looked at no closer than this.
      const type = (stored as { type?: unknown } | null)?.type;
      const wanted = remembered.has(topic) || (typeof type === 'string' && toldTypes.has(type));
      const read = wanted ? readEvent(stored) : undefined;
      if (read?.kind === 'event') this.where.apply(read.event);
      else if (read)
        this.logger.warn(
          { topic, partition, offset, reason: read.reason },
          'event is not understood by the live stream',
        );
      if (!news) continue;
      this.place = this.place.after(topic, partition, offset);
      const now = this.clock.now();
      const live = read?.kind === 'event' ? liveEvent(read.event, this.where, now) : undefined;
      if (!live) continue;
      const { org, terminal, permission, event } = live;
      const text = JSON.stringify(event);
      this.ring.add({ topic, partition, offset, org, terminal, permission, type: event.type, text }, now);
      told = true;
    }
    if (told) for (const listener of this.listeners) listener();
  }
}

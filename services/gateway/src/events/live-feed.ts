import { readEvent, type Topic } from '@quaywatch/contracts';
import { describeError, seconds } from '@quaywatch/kernel';
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

/** How long a start waits for the facts of the fleet; then terminals become known as they come. */
const fleetPatience = seconds(10);

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
  private fleetMoved = (): void => undefined;
  private place: Position;
  private ring: RecentEvents;

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly memory: Memory,
    /** Records of each partition, from before the start, that are read again for readers who come back. */
    private readonly readBack: number,
  ) {
    this.partitions = log.partitions;
    this.place = Position.at(followed, this.partitions, new Map());
    this.ring = new RecentEvents(this.place, this.memory);
  }

  /**
   * Notes where the log ends now and follows it from there; also reads again what came shortly before, since readers of a
   * gateway that is gone come back with places from then.
   */
  async open(): Promise<void> {
    const topics = ['fleet', ...followed] as const;
    const ends = await Promise.all(topics.map(async (topic) => [topic, await this.log.endOffsets(topic)] as const));
    this.start = new Map(ends);
    this.place = Position.at(followed, this.partitions, this.start);
    const back = ends.map(([topic, of]) => [topic, of.map((_, partition) => this.backTo(topic, partition))] as const);
    this.ring = new RecentEvents(Position.at(followed, this.partitions, new Map(back)), this.memory);
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
      // Whose terminal an event is about must be known before it is told.
      if (topics[0] === 'fleet') await this.fleetIsKnown();
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

  /** Whether what came before the start is still being read again: until then nobody is level. */
  get readsBack(): boolean {
    return followed.some((topic) => this.isBehind(topic));
  }

  private isBehind(topic: Topic): boolean {
    const ends = this.start.get(topic) ?? [];
    return ends.some(
      (end, partition) => (this.next.get(`${topic} ${partition}`) ?? this.firstOf(topic, partition)) < end,
    );
  }

  private fleetIsKnown(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        cancel();
        this.fleetMoved = () => undefined;
        resolve();
      };
      const cancel = this.clock.after(fleetPatience, go);
      this.fleetMoved = () => {
        if (!this.isBehind('fleet')) go();
      };
      this.fleetMoved();
    });
  }

  private firstOf(topic: Topic, partition: number): number {
    return remembered.has(topic) ? 0 : this.backTo(topic, partition);
  }

  private backTo(topic: Topic, partition: number): number {
    return Math.max(0, (this.start.get(topic)?.[partition] ?? 0) - this.readBack);
  }

  private take({ topic, partition, records }: LogBatch): void {
    const key = `${topic} ${partition}`;
    let told = false;
    const [back, start] = [this.backTo(topic, partition), this.start.get(topic)?.[partition] ?? 0];
    // The log keeps nothing for ever: what it has no more cannot be told.
    if (topic !== 'fleet' && !this.next.has(key)) this.ring.lost(topic, partition, records[0]?.offset ?? 0);
    for (const { offset, event: stored, storedAt } of records) {
      if (offset < (this.next.get(key) ?? 0)) continue;
      this.next.set(key, offset + 1);
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
      if (topic === 'fleet' || offset < back) continue;
      const now = offset < start ? storedAt : this.clock.now();
      if (offset >= start) this.place = this.place.after(topic, partition, offset);
      else if (now < this.clock.now() - this.memory.length) {
        this.ring.lost(topic, partition, offset + 1);
        continue;
      }
      const live = read?.kind === 'event' ? liveEvent(read.event, this.where, now) : undefined;
      if (!live) continue;
      const { org, terminal, permission, event } = live;
      const text = JSON.stringify(event);
      this.ring.add({ topic, partition, offset, org, terminal, permission, type: event.type, text }, now);
      told = true;
    }
    if (topic === 'fleet') this.fleetMoved();
    if (told) for (const listener of this.listeners) listener();
  }
}

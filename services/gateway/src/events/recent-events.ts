import type { Permission, Topic } from '@quaywatch/contracts';
import type { Duration, Instant } from '@quaywatch/kernel';
import type { Position } from './position';

/** A live event as it is kept and sent, and its place in the log. */
export interface Placed {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly org: string;
  readonly terminal: string | null;
  readonly permission: Permission;
  readonly type: string;
  /** The CloudEvent as JSON: made once, whoever reads it. */
  readonly text: string;
}

/** How much is remembered. */
export interface Memory {
  /** Events at most. */
  readonly most: number;
  /** No longer than this. */
  readonly length: Duration;
}

/**
 * The last live events, bounded by number and age, for readers who are behind: those who come back, and those who read
 * slowly. Each event has a number of its own, one higher than the one before.
 */
export class RecentEvents {
  private kept: { readonly placed: Placed; readonly at: Instant }[] = [];
  /** Those before it in `kept` are forgotten; cut off when they are many. */
  private head = 0;
  private first = 0;
  /** What came before this place is no longer here. */
  private from: Position;

  constructor(
    start: Position,
    private readonly memory: Memory,
  ) {
    this.from = start;
  }

  /** Number of the oldest event that is here. */
  get start(): number {
    return this.first;
  }

  /** Number that the next event will have. */
  get end(): number {
    return this.first + this.kept.length - this.head;
  }

  /** The event of a number; undefined when it is not here. */
  get(number: number): Placed | undefined {
    return number < this.first ? undefined : this.kept[this.head + number - this.first]?.placed;
  }

  /** Keeps one more; those that are too many or too old go. */
  add(placed: Placed, at: Instant): void {
    this.kept.push({ placed, at });
    const { most, length } = this.memory;
    for (;;) {
      const oldest = this.kept[this.head];
      if (!oldest || (this.end - this.first <= most && oldest.at >= at - length)) break;
      const { topic, partition, offset } = oldest.placed;
      this.from = this.from.after(topic, partition, offset);
      this.head++;
      this.first++;
    }
    if (this.head > 1000 && this.head > this.kept.length / 2) {
      this.kept = this.kept.slice(this.head);
      this.head = 0;
    }
  }

  /** Notes that what came before an offset of a partition cannot be told any more. */
  lost(topic: Topic, partition: number, before: number): void {
    if (before > this.from.of(topic, partition)) this.from = this.from.after(topic, partition, before - 1);
  }

  /** Whether all that came after a place is still here. */
  reaches(since: Position): boolean {
    return since.reaches(this.from);
  }
}

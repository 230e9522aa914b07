import type { Topic } from '@quaywatch/contracts';
import type { LiveEvent } from './live-event';
import type { Position } from './position';

/** A live event and its place in the log. */
export interface Placed {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly live: LiveEvent;
  /** The place after it: the SSE id. */
  readonly position: Position;
}

/** The last live events, bounded, for readers who come back. */
export class RecentEvents {
  private readonly ring: Placed[] = [];
  /** What came before this place is no longer here. */
  private from: Position;

  constructor(
    start: Position,
    private readonly capacity = 2000,
  ) {
    this.from = start;
  }

  /** Keeps one more; the oldest goes. */
  add(placed: Placed): void {
    this.ring.push(placed);
    if (this.ring.length <= this.capacity) return;
    const gone = this.ring.shift();
    if (gone) this.from = this.from.after(gone.topic, gone.partition, gone.offset);
  }

  /** What came after `since`, oldest first; `'gap'` when some of it is no longer here. */
  since(since: Position): readonly Placed[] | 'gap' {
    if (!since.reaches(this.from)) return 'gap';
    return this.ring.filter(({ topic, partition, offset }) => offset >= since.of(topic, partition));
  }
}

import type { Principal } from '@quaywatch/contracts';
import { can } from '@quaywatch/domain/access';
import { describeError, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import type { Request, Response } from 'express';
import { sendProblem } from '../edge/problem';
import type { LiveFeed } from './live-feed';
import { mayHear } from './may-hear';
import type { Position } from './position';

const heartbeat = seconds(15);
const refresh = seconds(60);

/** Events that one reader is given without a pause for others: a reader who was away for long may have many to catch up. */
const mostAtOnce = 500;
const mostReaders = 2000;
const mostOfOneUser = 20;

/** Server-sent events to every reader of the live feed, each within their own view. */
export class EventStream {
  private readonly readers = new Set<Reader>();
  private closed = false;

  constructor(
    private readonly feed: LiveFeed,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Number of readers. */
  get size(): number {
    return this.readers.size;
  }

  /** Answers with the stream until the reader goes. `stillThere` is asked each minute who they are now; null ends the stream. */
  open(req: Request, res: Response, principal: Principal, stillThere: () => Promise<Principal | null>): void {
    const own = [...this.readers].filter((reader) => reader.principal.id === principal.id).length;
    if (this.closed || this.readers.size >= mostReaders)
      return sendProblem(res, 503, 'No more streams can be served right now.');
    if (own >= mostOfOneUser) return sendProblem(res, 429, `At most ${mostOfOneUser} streams for one user.`);

    const terminal = new URL(req.originalUrl, 'http://gateway').searchParams.get('terminal') ?? undefined;
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    res.flushHeaders();
    const last = req.get('last-event-id');
    const seen = last === undefined ? undefined : this.feed.placeOf(last);
    const reader = new Reader(res, principal, terminal, this.feed, seen);
    reader.write(`retry: 3000\n: connected\n\n`);
    if (last !== undefined && !seen) reader.gap('too_old');
    // Between finding the place and listening nothing can come in: both are synchronous.
    const stopListening = this.feed.listen(() => reader.pump());
    reader.pump();
    this.readers.add(reader);

    const timers = new Set<() => void>();
    const every = (period: number, work: () => void): void => {
      let cancel = (): void => undefined;
      const plan = (): void => {
        timers.delete(cancel);
        cancel = this.clock.after(period, () => {
          work();
          plan();
        });
        timers.add(cancel);
      };
      plan();
    };
    every(heartbeat, () => reader.beat());
    every(refresh, () => {
      stillThere().then(
        (now) => (now && can(now, 'events.read') ? void (reader.principal = now) : reader.end()),
        // Somebody else's passing fault does not end the stream; the next minute asks again.
        (error: unknown) =>
          this.logger.warn({ reason: describeError(error) }, 'the reader of a stream could not be checked'),
      );
    });
    res.once('close', () => {
      stopListening();
      for (const cancel of timers) cancel();
      this.readers.delete(reader);
    });
  }

  /** Ends every stream; readers come back to another instance by themselves. */
  close(): void {
    this.closed = true;
    for (const reader of this.readers) reader.end();
  }
}

/**
 * One reader, at a place of its own among the remembered events: one who is slow or was away is given them as fast as
 * they read, and told of a gap when they fall behind what is remembered.
 */
class Reader {
  /** Number of the next event. */
  private next: number;
  /** What this reader has seen of each partition. */
  private place: Position;
  private blocked = false;
  private pausing = false;

  constructor(
    private readonly res: Response,
    public principal: Principal,
    private readonly terminal: string | undefined,
    private readonly feed: LiveFeed,
    seen: Position | undefined,
  ) {
    this.next = seen ? feed.recent.start : feed.recent.end;
    this.place = seen ?? feed.position;
    res.on('drain', () => {
      this.blocked = false;
      this.pump();
    });
  }

  /** Sends what there is, as far as the line takes it. */
  pump(): void {
    const { recent } = this.feed;
    if (this.next < recent.start) {
      this.next = recent.end;
      this.place = this.feed.position;
      this.gap('too_slow');
    }
    for (let given = 0; !this.blocked && !this.pausing; given++) {
      const placed = recent.get(this.next);
      if (!placed) return;
      if (given === mostAtOnce) return this.pause();
      this.next++;
      const { topic, partition, offset, type, text } = placed;
      // Seen by another gateway, which had them in another order.
      if (offset < this.place.of(topic, partition)) continue;
      this.place = this.place.after(topic, partition, offset);
      if (!mayHear(this.principal, placed, this.terminal)) continue;
      this.write(`id: ${this.place.toString()}\nevent: ${type}\ndata: ${text}\n\n`);
    }
  }

  beat(): void {
    if (this.blocked || this.next < this.feed.recent.end) return;
    // Also moves the reader's Last-Event-ID on, so that coming back after a quiet hour is not a gap. Another gateway may
    // have shown them more.
    if (!this.feed.readsBack) this.place = this.place.orFurther(this.feed.position);
    this.write(`id: ${this.place.toString()}\nevent: heartbeat\ndata: {}\n\n`);
  }

  gap(reason: 'too_old' | 'too_slow'): void {
    this.write(`id: ${this.place.toString()}\nevent: gap\ndata: ${JSON.stringify({ reason })}\n\n`);
  }

  end(): void {
    this.res.end();
  }

  write(text: string): void {
    if (this.res.writableEnded || this.res.destroyed) return;
    if (!this.res.write(text)) this.blocked = true;
  }

  private pause(): void {
    this.pausing = true;
    setImmediate(() => {
      this.pausing = false;
      this.pump();
    });
  }
}

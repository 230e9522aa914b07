import type { Principal } from '@quaywatch/contracts';
import { can } from '@quaywatch/domain/access';
import { describeError, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import type { Request, Response } from 'express';
import { sendProblem } from '../edge/problem';
import type { LiveFeed } from './live-feed';
import { mayHear } from './may-hear';
import type { Placed } from './recent-events';

const heartbeat = seconds(15);
const refresh = seconds(60);

/** Events waiting for one slow reader; then they are dropped and the reader is told of a gap. */
const mostWaiting = 500;
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
    const reader = new Reader(res, principal, terminal, () => this.feed.position.toString());
    const last = req.get('last-event-id');
    reader.write(`retry: 3000\n: connected\n\n`);
    // Between reading the ring and listening nothing can come in: both are synchronous.
    const missed = last === undefined ? [] : this.feed.since(last);
    if (missed === 'gap') reader.gap('too_old');
    else for (const placed of missed) reader.offer(placed);
    const stopListening = this.feed.listen((placed) => reader.offer(placed));
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

/** One reader, with a bounded queue. */
class Reader {
  private readonly waiting: Placed[] = [];
  private blocked = false;
  private dropped = false;

  constructor(
    private readonly res: Response,
    public principal: Principal,
    private readonly terminal: string | undefined,
    private readonly position: () => string,
  ) {
    res.on('drain', () => this.drain());
  }

  offer(placed: Placed): void {
    if (this.dropped || !mayHear(this.principal, placed.live, this.terminal)) return;
    if (!this.blocked) return this.send(placed);
    if (this.waiting.length < mostWaiting) return void this.waiting.push(placed);
    this.waiting.length = 0;
    this.dropped = true;
  }

  beat(): void {
    // Also moves the reader's Last-Event-ID on, so that coming back after a quiet hour is not a gap.
    if (!this.blocked && !this.dropped) this.write(`id: ${this.position()}\nevent: heartbeat\ndata: {}\n\n`);
  }

  gap(reason: 'too_old' | 'too_slow'): void {
    this.write(`id: ${this.position()}\nevent: gap\ndata: ${JSON.stringify({ reason })}\n\n`);
  }

  end(): void {
    this.res.end();
  }

  write(text: string): void {
    if (this.res.writableEnded || this.res.destroyed) return;
    if (!this.res.write(text)) this.blocked = true;
  }

  private send({ live, position }: Placed): void {
    this.write(`id: ${position.toString()}\nevent: ${live.event.type}\ndata: ${JSON.stringify(live.event)}\n\n`);
  }

  private drain(): void {
    this.blocked = false;
    if (this.dropped) {
      this.dropped = false;
      return this.gap('too_slow');
    }
    while (!this.blocked) {
      const placed = this.waiting.shift();
      if (!placed) return;
      this.send(placed);
    }
  }
}

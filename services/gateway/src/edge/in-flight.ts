import type { Clock } from '@quaywatch/ports';
import type { Duration, Instant } from '@quaywatch/kernel';
import type { RequestHandler, Response } from 'express';

/** Requests under way, so that a stop can wait for them and let go of their connections. */
export class InFlight {
  private readonly answers = new Set<Response>();
  private readonly waiters = new Set<() => void>();
  private left = false;
  private lastAt = -Infinity;

  constructor(
    private readonly now: () => Instant,
    /** Told of every request that is over, with the time it took, ms. */
    private readonly over: (res: Response, milliseconds: number) => void = () => undefined,
  ) {}

  readonly track: RequestHandler = (_req, res, next) => {
    this.lastAt = this.now();
    const began = performance.now();
    this.answers.add(res);
    if (this.left) sayGoodbye(res);
    res.once('close', () => {
      this.over(res, performance.now() - began);
      this.answers.delete(res);
      if (this.answers.size === 0) for (const wake of this.waiters) wake();
    });
    next();
  };

  /** From now on every answer tells its caller to come by another connection, and with it to another gateway. */
  leave(): void {
    this.left = true;
    for (const res of this.answers) sayGoodbye(res);
  }

  /** Whether `leave` was called. */
  get leaving(): boolean {
    return this.left;
  }

  /** True when none is under way, and none has come for so long. */
  quietFor(length: Duration): boolean {
    return this.answers.size === 0 && this.lastAt < this.now() - length;
  }

  /** Resolves when none is under way, or after `limit`; tells which. */
  idle(clock: Clock, limit: Duration): Promise<boolean> {
    if (this.answers.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (idle: boolean) => (): void => {
        cancel();
        this.waiters.delete(wake);
        resolve(idle);
      };
      const wake = finish(true);
      const cancel = clock.after(limit, finish(false));
      this.waiters.add(wake);
    });
  }
}

/** HTTP/2 has GOAWAY for it. */
function sayGoodbye(res: Response): void {
  if (!res.headersSent && res.req.httpVersionMajor === 1) res.setHeader('Connection', 'close');
}

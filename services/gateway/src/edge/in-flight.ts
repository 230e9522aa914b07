import type { Clock } from '@quaywatch/ports';
import type { Duration } from '@quaywatch/kernel';
import type { RequestHandler } from 'express';

/** Counts requests under way, so that a stop can wait for them. */
export class InFlight {
  private count = 0;
  private readonly waiters = new Set<() => void>();

  readonly track: RequestHandler = (_req, res, next) => {
    this.count++;
    res.once('close', () => {
      this.count--;
      if (this.count === 0) for (const wake of this.waiters) wake();
    });
    next();
  };

  /** Resolves when none is under way, or after `limit`; tells which. */
  idle(clock: Clock, limit: Duration): Promise<boolean> {
    if (this.count === 0) return Promise.resolve(true);
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

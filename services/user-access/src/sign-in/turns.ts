import type { Duration } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';

/** How many work at once, how many may wait for it (each of those with and without precedence), and for how long. */
export interface TurnLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly patience: Duration;
}

/** One that waits: told true when it is its turn, false when that takes too long. */
type Waiter = (turn: boolean) => void;

/**
 * Gives turns for work that is dear, such as hashing passwords: a few at once, others wait in the order they came, those
 * with precedence first. Nobody else's work has to stand behind more than this.
 */
export class Turns {
  private working = 0;
  private readonly first = new Set<Waiter>();
  private readonly rest = new Set<Waiter>();

  constructor(
    private readonly limits: TurnLimits,
    private readonly clock: Clock,
  ) {}

  /** What `work` comes to; undefined, without a turn, when too many wait already or it would have to wait for too long. */
  async take<T>(precedence: boolean, work: () => Promise<T>): Promise<{ readonly done: T } | undefined> {
    const { atOnce, waiting } = this.limits;
    const queue = precedence ? this.first : this.rest;
    if (this.working < atOnce) this.working++;
    else if (queue.size >= waiting) return undefined;
    // Whoever ends hands their turn on.
    else if (!(await this.comes(queue))) return undefined;
    try {
      return { done: await work() };
    } finally {
      const [next] = this.first.size > 0 ? this.first : this.rest;
      if (next) next(true);
      else this.working--;
    }
  }

  private comes(queue: Set<Waiter>): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = (turn) => {
        cancel();
        queue.delete(waiter);
        resolve(turn);
      };
      const cancel = this.clock.after(this.limits.patience, () => waiter(false));
      queue.add(waiter);
    });
  }
}

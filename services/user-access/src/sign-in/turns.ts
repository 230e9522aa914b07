/** How many work at once, and how many may wait for it (each of those with and without precedence). */
export interface TurnLimits {
  readonly atOnce: number;
  readonly waiting: number;
}

/**
 * Gives turns for work that is dear, such as hashing passwords: a few at once, others wait in the order they came, those
 * with precedence first. Nobody else's work has to stand behind more than this.
 */
export class Turns {
  private working = 0;
  private readonly first: (() => void)[] = [];
  private readonly rest: (() => void)[] = [];

  constructor(private readonly limits: TurnLimits) {}

  /** What `work` comes to; undefined, without a turn, when too many wait already. */
  async take<T>(precedence: boolean, work: () => Promise<T>): Promise<{ readonly done: T } | undefined> {
    const { atOnce, waiting } = this.limits;
    const queue = precedence ? this.first : this.rest;
    if (this.working < atOnce) this.working++;
    else if (queue.length >= waiting) return undefined;
    // Whoever ends hands their turn on.
    else await new Promise<void>((begin) => queue.push(begin));
    try {
      return { done: await work() };
    } finally {
      const next = this.first.shift() ?? this.rest.shift();
      if (next) next();
      else this.working--;
    }
  }
}

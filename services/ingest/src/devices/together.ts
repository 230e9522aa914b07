import type { Duration } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';

interface Waiting<A> {
  readonly answer: Promise<A>;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/** How many go together at most. */
const most = 100;

/**
 * One question to the database for many devices: one is asked at a time, and each waits for others to join it. A
 * question begins after all that it holds was asked, so no answer is older than its asking.
 */
export class Together<A> {
  private readonly waiting = new Map<string, Waiting<A | undefined>>();
  private running = false;

  /**
   * `ask` answers the keys of a question, each of them once; when it rejects, all of them do. `patience`: how long a
   * question waits for others, ms.
   */
  constructor(
    private readonly clock: Clock,
    private readonly ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, A>>,
    private readonly patience: Duration = 10,
  ) {}

  /** The answer for one key; undefined when there is none. */
  one(key: string): Promise<A | undefined> {
    const known = this.waiting.get(key);
    if (known) return known.answer;
    let settle: Omit<Waiting<A | undefined>, 'answer'> | undefined;
    const answer = new Promise<A | undefined>((resolve, reject) => (settle = { resolve, reject }));
    this.waiting.set(key, { answer, ...(settle as unknown as Omit<Waiting<A | undefined>, 'answer'>) });
    if (!this.running) {
      this.running = true;
      this.clock.after(this.patience, () => void this.run());
    }
    return answer;
  }

  private async run(): Promise<void> {
    const batch = [...this.waiting].slice(0, most);
    for (const [key] of batch) this.waiting.delete(key);
    try {
      const answers = await this.ask(batch.map(([key]) => key));
      for (const [key, { resolve }] of batch) resolve(answers.get(key));
    } catch (error) {
      for (const [, { reject }] of batch) reject(error);
    }
    if (this.waiting.size > 0) this.clock.after(this.patience, () => void this.run());
    else this.running = false;
  }
}

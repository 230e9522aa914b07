import type { Duration, Instant } from '@quaywatch/kernel';

const most = 5000;

/**
 * Who showed a session or a token a moment ago, so that not every request asks user-access. Answers of "nobody" are
 * not kept. `forget` ends everything, also what is being asked right now: its answer may be older than the change.
 */
export class RecentCallers {
  private readonly known = new Map<string, { readonly value: unknown; readonly until: Instant }>();
  private readonly asking = new Map<string, Promise<unknown>>();
  private age = 0;

  constructor(
    private readonly now: () => Instant,
    private readonly life: Duration,
  ) {}

  /** What is known under `name`, or the answer of `ask`; those who ask at the same time wait for one answer. */
  async find<T>(name: string, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.life === 0) return ask();
    const known = this.known.get(name);
    if (known && known.until > this.now()) return known.value as T;
    const waiting = this.asking.get(name);
    if (waiting) return waiting as Promise<T | undefined>;
    const { age } = this;
    const answer = ask().then((value) => {
      if (value !== undefined && age === this.age) {
        if (this.known.size >= most) this.known.clear();
        this.known.set(name, { value, until: this.now() + this.life });
      }
      return value;
    });
    this.asking.set(name, answer);
    const done = (): void => {
      if (this.asking.get(name) === answer) this.asking.delete(name);
    };
    answer.then(done, done);
    return answer;
  }

  forget(): void {
    this.age++;
    this.known.clear();
    this.asking.clear();
  }
}

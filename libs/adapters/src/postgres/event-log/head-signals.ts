/** Knows the head (offset of the next event) of partitions as far as it was told, and wakes those who wait for more. */
export class HeadSignals {
  private readonly heads = new Map<string, number>();
  private readonly waiting = new Map<string, Set<() => void>>();

  /** The last head heard of; undefined when there was none yet. */
  head(topic: string, partition: number): number | undefined {
    return this.heads.get(key(topic, partition));
  }

  /** A head was read or announced; a lower one than known is old news. */
  moved(topic: string, partition: number, next: number): void {
    const name = key(topic, partition);
    if (next <= (this.heads.get(name) ?? -1)) return;
    this.heads.set(name, next);
    this.wake(name);
  }

  /** Forgets all heads and wakes everybody, e.g. after the connection was lost. */
  reset(): void {
    this.heads.clear();
    for (const name of this.waiting.keys()) this.wake(name);
  }

  /** Wakes who waits for this partition without news, e.g. to stop. */
  nudge(topic: string, partition: number): void {
    this.wake(key(topic, partition));
  }

  /** Resolves at the next news of the partition, or after `most` ms. */
  news(topic: string, partition: number, most: number): Promise<void> {
    const name = key(topic, partition);
    return new Promise((resolve) => {
      const wakers = this.waiting.get(name) ?? new Set();
      this.waiting.set(name, wakers);
      const done = (): void => {
        clearTimeout(timer);
        wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, most);
      wakers.add(done);
    });
  }

  private wake(name: string): void {
    for (const waker of [...(this.waiting.get(name) ?? [])]) waker();
  }
}

const key = (topic: string, partition: number): string => `${topic} ${partition}`;

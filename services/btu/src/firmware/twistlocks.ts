/** What is known of the twistlocks; nothing known is not unlocked. */
export type LockState = 'free' | 'locked' | 'unknown';

/** Remembers of each twistlock whether it is locked, from the samples that the device itself measures. */
export class Twistlocks {
  private readonly locked = new Map<string, boolean>();

  /** Takes samples in columns; only `tl[n].locked` count. */
  observe(signals: Readonly<Record<string, { readonly values: readonly unknown[] }>>): void {
    for (const [signal, { values }] of Object.entries(signals)) {
      const last = values.at(-1);
      if (/^tl\[\d+\]\.locked$/.test(signal) && typeof last === 'boolean') this.locked.set(signal, last);
    }
  }

  /** `free` only when every twistlock that was heard of is known to be unlocked, and there is one. */
  get state(): LockState {
    if (this.locked.size === 0) return 'unknown';
    return [...this.locked.values()].some(Boolean) ? 'locked' : 'free';
  }
}

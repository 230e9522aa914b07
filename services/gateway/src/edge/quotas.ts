import type { Instant } from '@quaywatch/kernel';
import { createHash } from 'node:crypto';

/** Length of a quota's window, ms. */
export const quotaWindow = 60_000;

/** What is left of a quota after a request. */
export interface QuotaState {
  readonly allowed: boolean;
  readonly left: number;
  /** Until the window ends, ms. */
  readonly reset: number;
}

/** What one gateway has counted of a quota in a window. */
export interface QuotaShare {
  /** Hash of the quota's kind and key, base64url. */
  readonly hash: string;
  readonly window: number;
  readonly count: number;
}

interface Entry {
  readonly hash: string;
  /** Windows of different keys end at different times, so that not all callers come back at once. */
  readonly shift: number;
  window: number;
  own: number;
  /** Counts of the other gateways by their id: each only grows within a window. */
  readonly others: Map<string, number>;
  told: number;
}

const most = 200_000;

/**
 * Counts requests in windows of a minute, for this gateway and with what others tell of theirs. A share is a count so far,
 * not an increment: told twice, late or in another order it means the same, and what is lost is made up by the next.
 */
export class Quotas {
  private readonly named = new Map<string, Entry>();
  private readonly hashed = new Map<string, Entry>();
  private readonly changed = new Set<Entry>();
  private sweptAt = -Infinity;

  constructor(private readonly now: () => Instant) {}

  /** Counts `cost` for a key; refused requests count too, so that guessing on does not become free. */
  take(kind: string, key: string, limit: number, cost: number): QuotaState {
    const now = this.now();
    const entry = this.current(this.entryOf(`${kind}\n${key}`, now), now);
    entry.own += cost;
    this.changed.add(entry);
    let total = entry.own;
    for (const count of entry.others.values()) total += count;
    return {
      allowed: total <= limit,
      left: Math.max(0, limit - total),
      reset: (entry.window + 1) * quotaWindow - entry.shift - now,
    };
  }

  /** What was counted here since the last call; `again` also tells once more what was told then. */
  shares(): QuotaShare[] {
    const now = this.now();
    const shares = [];
    for (const entry of this.changed) {
      if (this.current(entry, now).own > 0) shares.push({ hash: entry.hash, window: entry.window, count: entry.own });
      // Told twice: one lost datagram is made up even if nothing more is counted.
      if (entry.told === entry.own) this.changed.delete(entry);
      entry.told = entry.own;
    }
    return shares;
  }

  /** Takes over what another gateway has counted. */
  learn(gateway: string, { hash, window, count }: QuotaShare): void {
    const now = this.now();
    const entry = this.current(this.hashed.get(hash) ?? this.add(hash, now), now);
    // Clocks differ a little: a share of the window before is over, one of the next is early and comes again.
    if (entry.window !== window) return;
    entry.others.set(gateway, Math.max(count, entry.others.get(gateway) ?? 0));
  }

  private entryOf(name: string, now: Instant): Entry {
    const known = this.named.get(name);
    if (known) return known;
    const hash = createHash('sha256').update(name).digest('base64url').slice(0, 16);
    const entry = this.hashed.get(hash) ?? this.add(hash, now);
    this.named.set(name, entry);
    return entry;
  }

  private add(hash: string, now: Instant): Entry {
    this.sweep(now);
    const shift = Buffer.from(hash, 'base64url').readUInt16BE(0) % quotaWindow;
    const entry = { hash, shift, window: Math.floor((now + shift) / quotaWindow), own: 0, others: new Map(), told: 0 };
    this.hashed.set(hash, entry);
    return entry;
  }

  private current(entry: Entry, now: Instant): Entry {
    const window = Math.floor((now + entry.shift) / quotaWindow);
    if (entry.window === window) return entry;
    entry.window = window;
    entry.own = entry.told = 0;
    entry.others.clear();
    return entry;
  }

  /** Forgets keys that were not used for a window; all when there are too many. */
  private sweep(now: Instant): void {
    if (this.hashed.size >= most) {
      this.named.clear();
      this.hashed.clear();
      this.changed.clear();
    } else if (now < this.sweptAt + quotaWindow) return;
    this.sweptAt = now;
    const idle = (entry: Entry): boolean => entry.window < Math.floor((now + entry.shift) / quotaWindow) - 1;
    for (const [name, entry] of this.named) if (idle(entry)) this.named.delete(name);
    for (const [hash, entry] of this.hashed) if (idle(entry)) this.hashed.delete(hash);
  }
}

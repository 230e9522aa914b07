import { seconds, type Duration, type Instant } from '@quaywatch/kernel';

/**
 * A sign-in is counted before its password is checked, and a right one lifts the block that this made: another process
 * does not hear of it. So a block is believed only for `freshBelieved` while such a check may still be under way, and for
 * `believed` once it has held for longer than the gateway waits for an answer.
 */
const settled: Duration = seconds(10);
const freshBelieved: Duration = seconds(2);
const believed: Duration = seconds(30);
/** Most blocks remembered; the oldest go first. */
const most = 10_000;

/**
 * Blocks of which the database has told: who is blocked is refused without a question to it, so that guessing takes
 * nothing from others. Only of addresses, and of accounts at an address: those hold for everybody to whom they apply.
 */
export class KnownBlocks {
  private readonly blocks = new Map<string, { readonly until: Instant; readonly believedUntil: Instant }>();

  /** The database says that `key` is blocked until then, and since when. */
  note(key: string, { since, until }: { readonly since: Instant; readonly until: Instant }, now: Instant): void {
    this.blocks.delete(key);
    if (until <= now) return;
    const believedUntil = Math.min(until, now + (now - since < settled ? freshBelieved : believed));
    this.blocks.set(key, { until, believedUntil });
    const oldest = this.blocks.size > most ? this.blocks.keys().next().value : undefined;
    if (oldest !== undefined) this.blocks.delete(oldest);
  }

  /** The block was lifted. */
  forget(key: string): void {
    this.blocks.delete(key);
  }

  /** For how long one of the keys is still blocked, ms; 0 when that is not known. */
  blockedFor(keys: readonly string[], now: Instant): Duration {
    let longest = 0;
    for (const key of keys) {
      const block = this.blocks.get(key);
      if (!block) continue;
      if (now >= block.believedUntil) this.blocks.delete(key);
      else longest = Math.max(longest, block.until - now);
    }
    return longest;
  }
}

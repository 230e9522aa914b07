import { minutes } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { RefusalCount } from '../devices/refusal-counts';

/** Something that was refused, delayed or dropped. */
export interface Refusal {
  /** Who: a BTU serial, or `unknown`. */
  readonly who: string;
  /** Organisation in whose audit trail it belongs. */
  readonly org: string;
  readonly action: string;
  /** Of few kinds: one audit event per kind, device and minute. */
  readonly cause: string;
  readonly address: string;
  /** What exactly, of the first of its kind. */
  readonly detail?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Window {
  first: Refusal;
  /** Not audited yet. */
  more: number;
  readonly end: () => void;
}

/** Most devices and causes that are told apart within a minute. */
const windows = 10_000;

/**
 * Counts refusals by cause, and hands the first of each cause and device to `audit` at once and those of the minute
 * after it as one with their number: an attacker can fill neither the audit log nor the memory.
 */
export class Refusals {
  private readonly counts = new Map<string, number>();
  private fresh = new Map<string, Mutable<RefusalCount>>();
  private readonly open = new Map<string, Window>();

  constructor(
    private readonly clock: Clock,
    private readonly audit: (refusal: Refusal, times: number) => void,
  ) {}

  /** Refusals by cause since the start. */
  get counted(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  /** Hands over what was refused since the last time, by organisation, action and cause; counts on when that fails. */
  async handOver(store: (counts: RefusalCount[]) => Promise<void>): Promise<void> {
    const handed = this.fresh;
    this.fresh = new Map();
    try {
      await store([...handed.values()]);
    } catch (error) {
      for (const one of handed.values()) this.note(one, one.count);
      throw error;
    }
  }

  add(refusal: Refusal): void {
    this.counts.set(refusal.cause, (this.counts.get(refusal.cause) ?? 0) + 1);
    this.note(refusal);
    const crowded = this.open.size >= windows;
    const who = crowded ? 'unknown' : refusal.who;
    const name = `${who}\0${refusal.cause}`;
    const window = this.open.get(name);
    if (window) {
      window.more++;
      return;
    }
    const first = { ...refusal, who };
    this.open.set(name, { first, more: 0, end: this.clock.after(minutes(1), () => this.close(name)) });
    this.audit(first, 1);
  }

  private note({ org, action, cause }: Pick<Refusal, 'org' | 'action' | 'cause'>, count = 1): void {
    const name = `${org}\0${action}\0${cause}`;
    const known = this.fresh.get(name);
    if (known) known.count += count;
    else if (this.fresh.size < windows) this.fresh.set(name, { org, action, cause, count });
  }

  /** Hands over what is not audited yet. */
  stop(): void {
    for (const [name, window] of this.open) {
      window.end();
      this.open.delete(name);
      if (window.more > 0) this.audit(window.first, window.more);
    }
  }

  private close(name: string): void {
    const window = this.open.get(name);
    this.open.delete(name);
    if (!window || window.more === 0) return;
    this.audit(window.first, window.more);
    // What comes in the next minute is counted on, not told at once again.
    this.open.set(name, { ...window, more: 0, end: this.clock.after(minutes(1), () => this.close(name)) });
  }
}

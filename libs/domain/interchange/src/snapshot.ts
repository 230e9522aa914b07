import type { Instant } from '@quaywatch/kernel';

/** One spreader at one time, as other formats need it; times are ms UTC. */
export interface SpreaderSnapshot {
  readonly spreader: string;
  readonly number: string;
  readonly model: string;
  readonly crane: { readonly id: string; readonly number: string } | null;
  readonly online: boolean;
  /** When anything was last heard; null = never. */
  readonly lastSeenAt: Instant | null;
  /** Newest value of each signal and its time. */
  readonly live: Readonly<Record<string, readonly [number | boolean | string | null, Instant]>>;
  /** What needs attention now. */
  readonly findings: readonly SnapshotFinding[];
  /** Since records began: loads moved and their sum in t. */
  readonly totals: { readonly loads: number; readonly tonnes: number; readonly until: Instant | null };
  /** Health 0..100; null = not known. */
  readonly health: { readonly score: number | null; readonly at: Instant | null };
}

/** A finding as a fault of other formats. */
export interface SnapshotFinding {
  readonly finding: string;
  readonly component: string;
  readonly failureMode: string;
  readonly title: string;
  readonly level: 'watch' | 'plan' | 'act_now';
  readonly firstSeenAt: Instant;
  readonly updatedAt: Instant;
  /** False once it is over; true when absent. */
  readonly active?: boolean;
}

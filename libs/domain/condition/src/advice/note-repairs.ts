import { findingId } from './advise';
import type { SpreaderState } from '../state';

/** People say that the fault of a finding was repaired at this time, ms. */
export interface RepairReport {
  readonly finding: string;
  readonly at: number;
  /** A part was exchanged. */
  readonly exchanged?: boolean;
}

/**
 * Notes repairs that were reported up to `now` (ms of data time) of findings that are open: from then on the data must
 * prove them. Decided by the time of data, so that a rebuild notes them at the same place. Changes `state`.
 */
export function noteRepairs(state: SpreaderState, reports: readonly RepairReport[], now: number): void {
  if (reports.length === 0) return;
  for (const mode of Object.values(state.modes)) {
    if (!mode.open) continue;
    const finding = findingId(state.spreader, mode.component, mode.failureMode, mode.findings);
    for (const { finding: about, at, exchanged } of reports) {
      if (about !== finding || at > now || at <= (mode.repairNotedAt ?? -Infinity)) continue;
      mode.repairNotedAt = at;
      mode.repair = { at, moves: 0, ...(exchanged ? { exchanged } : {}) };
    }
  }
}

/** Counts completed moves after reported repairs. Changes `state`. */
export function countProof(
  state: SpreaderState,
  moves: readonly { readonly result: string; readonly lockedAt: number | null; readonly startedAt: number }[],
): void {
  const done = moves.filter(({ result }) => result === 'completed');
  if (done.length === 0) return;
  for (const { repair } of Object.values(state.modes)) {
    if (repair) repair.moves += done.filter(({ lockedAt, startedAt }) => (lockedAt ?? startedAt) >= repair.at).length;
  }
}

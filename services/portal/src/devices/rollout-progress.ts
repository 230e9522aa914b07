import type { Rollout } from './queries';

/** How far one group of a roll-out is. */
export interface GroupProgress {
  /** From 1 on. */
  readonly group: number;
  /** Whether its units are offered the firmware. */
  readonly open: boolean;
  readonly units: number;
  readonly confirmed: number;
  readonly failed: number;
  /** Begun and not at an end. */
  readonly busy: number;
}

/** Progress of every group, also of those without units. */
export function progressByGroup(rollout: Pick<Rollout, 'progress' | 'groups' | 'open_groups'>): GroupProgress[] {
  return Array.from({ length: rollout.groups }, (_, i) => {
    const steps = rollout.progress.flatMap(({ group, step }) => (group === i + 1 ? [step] : []));
    const at = (...wanted: readonly string[]): number => steps.filter((step) => step && wanted.includes(step)).length;
    return {
      group: i + 1,
      open: i < rollout.open_groups,
      units: steps.length,
      confirmed: at('confirmed'),
      failed: at('failed', 'rolled_back'),
      busy: at('downloading', 'waiting', 'installing'),
    };
  });
}

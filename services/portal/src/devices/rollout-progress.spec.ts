import { expect, it } from '@jest/globals';
import type { Rollout } from './queries';
import { progressByGroup } from './rollout-progress';

const unit = (group: number, step: Rollout['progress'][number]['step']): Rollout['progress'][number] => ({
  btu: `BTU-${group}-${step}`,
  group,
  step,
  detail: null,
  at: null,
});

it('counts each group of a roll-out by what became of its units', () => {
  const progress = [
    unit(1, 'confirmed'),
    unit(1, 'rolled_back'),
    unit(2, 'downloading'),
    unit(2, 'waiting'),
    unit(2, 'failed'),
    unit(2, null),
    unit(3, null),
  ];
  expect(progressByGroup({ progress, groups: 3, open_groups: 2 })).toEqual([
    { group: 1, open: true, units: 2, confirmed: 1, failed: 1, busy: 0 },
    { group: 2, open: true, units: 4, confirmed: 0, failed: 1, busy: 2 },
    { group: 3, open: false, units: 1, confirmed: 0, failed: 0, busy: 0 },
  ]);
});

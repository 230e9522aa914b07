import { describe, expect, it } from '@jest/globals';
import type { Crane } from '../api/queries';
import { makeSpreader } from '../../test/make';
import { planLayout } from './plan-layout';

const crane = (i: number, type: string): Crane => ({
  id: `crn_${i}`,
  number: `${type.toUpperCase()}-${i}`,
  type,
  terminal_id: 'ter_got',
  spreader_id: null,
});

describe('planLayout', () => {
  const cranes = [...Array(16).keys()].map((i) => crane(i, i < 10 ? 'sts' : 'rtg'));
  const spreaders = [
    makeSpreader({ id: 'spr_a', crane: { id: 'crn_3', number: 'STS-3' } }),
    makeSpreader({ id: 'spr_b', crane: null }),
  ];

  it.each([340, 480])('keeps everything inside a drawing %d wide, 24 apart', (width) => {
    const plan = planLayout(cranes, spreaders, width);
    const items = [...plan.quay, ...plan.yard, ...plan.spare];
    expect(items).toHaveLength(17);
    for (const { x, y } of items) {
      expect(x).toBeGreaterThanOrEqual(12);
      expect(x).toBeLessThanOrEqual(width - 12);
      expect(y).toBeLessThan(plan.height);
    }
    for (const a of items)
      for (const b of items) if (a !== b) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThanOrEqual(24);
  });

  it('puts a spreader at its crane, and one without a crane aside', () => {
    const plan = planLayout(cranes, spreaders, 480);
    expect(plan.quay.find(({ id }) => id === 'crn_3')?.spreader?.id).toBe('spr_a');
    expect(plan.spare.map(({ id }) => id)).toEqual(['spr_b']);
  });

  it('counts numbers: STS-9 stands before STS-10', () => {
    const plan = planLayout([crane(10, 'sts'), crane(9, 'sts')], [], 480);
    expect(plan.quay.map(({ name }) => name)).toEqual(['STS-9', 'STS-10']);
  });
});

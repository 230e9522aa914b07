import type { SpreaderSnapshot } from './snapshot';

const at = 1_763_000_000_000;
const old = at - 1000;

/** A spreader that has told most of what it can; only for tests. */
export const testSnapshot: SpreaderSnapshot = {
  spreader: 'spr_1',
  number: 'SPR-0142',
  model: 'Twin <45> & more',
  crane: { id: 'crn_1', number: 'STS-18' },
  online: true,
  lastSeenAt: at,
  live: {
    'tl[1].locked': [true, old],
    'tl[1].unlocked': [false, old],
    'tl[4].locked': [null, old],
    'tl[4].unlocked': [true, at],
    'lp[3].seated': [true, at],
    landed: [true, at],
    'len.pos': ['40', at],
    'load.total': [24.3, at],
    'op.hours': [1234.5, at],
    'pump.current': [18.2, at],
    mode: ['auto', at],
    bypass: [false, at],
  },
  findings: [
    {
      finding: 'fnd_1',
      component: 'TL[1]',
      failureMode: 'FM-02',
      title: 'Twistlock slow to lock',
      level: 'plan',
      firstSeenAt: old,
      updatedAt: at,
    },
  ],
  totals: { loads: 7, tonnes: 151.25, until: at },
  health: { score: 71, at },
};

import { describe, expect, it } from '@jest/globals';
import { makeAlarm } from '../../test/make';
import { canTake, commonTitle, groupByCause, newestFirst } from './alarm-groups';
import { isFlood, recentAlarms } from './flood';

describe('commonTitle', () => {
  it.each([
    [['Twistlock 1 slow to lock', 'Twistlock 3 slow to lock'], 'Twistlock slow to lock'],
    [['Oil cooler is dirty', 'Oil cooler is dirty'], 'Oil cooler is dirty'],
    [['One', 'Two words'], 'One'],
    [['Alpha', 'Beta'], 'Alpha'],
    [[], ''],
  ])('%j', (titles, expected) => expect(commonTitle(titles)).toBe(expected));
});

describe('groupByCause', () => {
  const alarms = [
    makeAlarm({ id: '1', code: 'silence', title: 'No data', level: 'watch', raised_at: '2026-11-23T11:00:00.000Z' }),
    makeAlarm({ id: '2', code: 'FM-02', level: 'plan', raised_at: '2026-11-23T11:10:00.000Z' }),
    makeAlarm({
      id: '3',
      code: 'FM-02',
      level: 'act_now',
      title: 'Twistlock 4 slow to lock',
      spreader_id: 'spr_2',
      state: 'acknowledged',
      raised_at: '2026-11-23T11:20:00.000Z',
    }),
    makeAlarm({ id: '4', code: 'FM-20', title: 'Oil cooler is dirty', level: 'plan', raised_at: '2026-11-23T11:05:00.000Z' }),
  ];

  it('has the worst cause first, and nothing is lost', () => {
    const groups = groupByCause(alarms);
    expect(groups.map(({ code }) => code)).toEqual(['FM-02', 'FM-20', 'silence']);
    expect(groups.flatMap((group) => group.alarms.map(({ id }) => id)).sort()).toEqual(['1', '2', '3', '4']);
    expect(groups[0]).toMatchObject({ title: 'Twistlock slow to lock', level: 'act_now', spreaders: 2, untaken: 1 });
    expect(groups[0]?.alarms.map(({ id }) => id)).toEqual(['3', '2']);
  });

  it('makes at most one group for a cause in a flood of a thousand', () => {
    const many = Array.from({ length: 1000 }, (_, i) => makeAlarm({ id: `a${i}`, code: `FM-0${i % 6}`, spreader_id: `s${i}` }));
    const groups = groupByCause(many);
    expect(groups).toHaveLength(6);
    expect(groups.reduce((n, group) => n + group.alarms.length, 0)).toBe(1000);
  });

  it('sorts newest first', () => expect(newestFirst(alarms).map(({ id }) => id)).toEqual(['3', '2', '4', '1']));
});

describe('canTake', () => {
  it.each([
    ['unacknowledged', true],
    ['returned_unacknowledged', true],
    ['acknowledged', false],
    ['normal', false],
  ] as const)('%s: %s', (state, expected) => expect(canTake(makeAlarm({ state }))).toBe(expected));
});

describe('flood', () => {
  it('begins above ten and ends below five', () => {
    expect([10, 11].map((n) => isFlood(false, n))).toEqual([false, true]);
    expect([5, 4].map((n) => isFlood(true, n))).toEqual([true, false]);
  });

  it('counts only fresh alarms', () => {
    const now = Date.parse('2026-11-23T12:00:00.000Z');
    const list = [
      makeAlarm({ raised_at: '2026-11-23T11:50:00.000Z' }),
      makeAlarm({ raised_at: '2026-11-23T11:49:59.000Z' }),
      makeAlarm({ raised_at: '2026-11-23T11:59:00.000Z', late: true }),
    ];
    expect(recentAlarms(list, now)).toHaveLength(1);
  });
});

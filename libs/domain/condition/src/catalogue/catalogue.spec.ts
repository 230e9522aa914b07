import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { conditionDefaults as defaults, freshState, modeOf } from '../index';
import {
  applySettings,
  backTestSettings,
  decideSettings,
  EditedSettings,
  indicatorsOf,
  proposeSettings,
  revertOf,
  settingEntries,
  settingsEditOf,
  settingsProblem,
  settingValue,
  valueProblem,
  valuesAt,
  type PastInput,
  type SettingPeriod,
  type SettingValue,
} from './index';

const entries = settingEntries(defaults);
const plan = 'limits/hyd.press/ratio-below/plan';
const place = { type: 'sts_twin', model: 'M45', terminal: 'ter_1', spreader: 'spr_1' };
const period = (more: Partial<SettingPeriod>): SettingPeriod => ({
  scope: 'organisation',
  of: null,
  setting: plan,
  value: 0.2,
  from: 100,
  to: null,
  ...more,
});

describe('the catalogue of settings', () => {
  it('has every limit and every field of every failure mode, each once and with words', () => {
    const limits = defaults.tracks.flatMap((track) => track.limits).length;
    const steps = [...entries.keys()].filter((id) => /^limits\/.*\/(watch|plan|act-now)$/.test(id));
    expect(steps).toHaveLength(3 * limits);
    for (const { id } of defaults.failureModes)
      for (const field of ['enabled', 'actions', 'parts', 'skills', 'repair-hours', 'risk', 'verification'])
        expect(entries.has(`failure-modes/${id}/${field}`)).toBe(true);
    for (const entry of entries.values()) {
      expect(entry.words.length).toBeGreaterThan(3);
      expect(valueProblem(entry, settingValue(defaults, entry))).toBeNull();
    }
    expect(settingsProblem(defaults, entries.keys())).toBeNull();
  });

  it('changes one value and nothing else, and says so in the name of the model', () => {
    const edited = applySettings(defaults, new Map([[plan, 0.15]]));
    const entry = entries.get(plan);
    expect(entry && settingValue(edited, entry)).toBe(0.15);
    expect(edited.tracks.filter((track, i) => track !== defaults.tracks[i])).toHaveLength(1);
    expect(edited.model).toMatch(/^quaywatch-condition@\d+\+[0-9a-f]{16}$/);
    expect(applySettings(defaults, new Map([[plan, 0.15]])).model).toBe(edited.model);
    expect(applySettings(defaults, new Map([[plan, 0.16]])).model).not.toBe(edited.model);
    const same = entry ? settingValue(defaults, entry) : 0;
    expect(
      applySettings(
        defaults,
        new Map([
          [plan, same],
          ['no/such', 1],
        ]),
      ),
    ).toBe(defaults);
  });

  it('edits failure modes: parts, and whether they are looked for', () => {
    const edited = applySettings(
      defaults,
      new Map<string, SettingValue>([
        ['failure-modes/FM-02/parts', ['Bushing set']],
        ['failure-modes/FM-02/enabled', false],
      ]),
    );
    expect(modeOf(edited, 'FM-02')).toMatchObject({ parts: ['Bushing set'], enabled: false });
    expect(modeOf(defaults, 'FM-02')?.enabled).toBe(true);
  });

  it('refuses values that cannot be, and values that do not fit each other', () => {
    const problem = (id: string, value: number | string | boolean | string[]) => {
      const entry = entries.get(id);
      return entry ? valueProblem(entry, value) : 'none';
    };
    expect(problem(plan, Number.NaN)).toMatch(/number/);
    expect(problem('indicators/hyd.press/recent', 2.5)).toMatch(/whole/);
    expect(problem('indicators/hyd.press/recent', 100_000)).toMatch(/possible/);
    expect(problem('failure-modes/FM-02/risk', 'high')).toMatch(/one of/);
    expect(problem('failure-modes/FM-02/parts', 'Grease')).toMatch(/list/);
    const upside = applySettings(defaults, new Map([[plan, 0.01]]));
    expect(settingsProblem(upside, [plan])).toMatch(/follow each other/);
    const below = 'limits/hyd.press/value-below/plan';
    expect(settingsProblem(applySettings(defaults, new Map([[below, 90]])), [below])).toMatch(/follow each other/);
    expect(settingsProblem(applySettings(defaults, new Map([[below, 78]])), [below])).toBeNull();
  });
});

describe('what holds at a place', () => {
  const periods = [
    period({ value: 0.2 }),
    period({ scope: 'type', of: 'sts_twin', value: 0.19 }),
    period({ scope: 'model', of: 'M45', value: 0.18, from: 200 }),
    period({ scope: 'terminal', of: 'ter_1', value: 0.17, from: 300, to: 400 }),
    period({ scope: 'spreader', of: 'spr_2', value: 0.16 }),
  ];

  it.each([
    [50, undefined],
    [150, 'type'],
    [250, 'model'],
    [350, 'terminal'],
    [450, 'model'],
  ])('at %i: the narrowest scope wins, by the time of data', (at, origin) => {
    expect(valuesAt(periods, place, at).get(plan)?.origin).toBe(origin);
  });

  it('begins with what the catalogue says of the type', () => {
    expect(valuesAt([], place, 0).get('signs/swl')).toEqual({ value: 50, origin: 'type-default', period: null });
    expect(valuesAt([], { ...place, type: 'other' }, 0).size).toBe(0);
  });

  it('makes the same settings for the same values', () => {
    const edited = new EditedSettings(defaults);
    expect(edited.with(valuesAt(periods, place, 350))).toBe(edited.with(valuesAt(periods, place, 360)));
    expect(edited.with(new Map())).toBe(defaults);
  });
});

describe('an edit', () => {
  const proposed = {
    edit: 'set_1',
    scope: 'model' as const,
    of: 'M45',
    changes: [
      { setting: plan, before: null, value: 0.15 },
      { setting: 'signs/swl', before: 45, value: 45 },
    ],
    reason: 'small pump',
    by: 'usr_1',
    at: 1,
    reverts: null,
  };
  const factsOf = (...all: readonly { readonly type: string; readonly data: object }[]): EventEnvelope[] =>
    all as unknown as EventEnvelope[];

  it('holds at once where one person is enough, and leaves out what would not change', () => {
    const decision = proposeSettings(proposed, false);
    expect(decision).toMatchObject({
      ok: true,
      value: [
        { type: 'settings-proposed', data: { changes: [{ setting: plan, value: 0.15 }] } },
        { type: 'settings-decided', data: { outcome: 'approved', by: 'usr_1' } },
      ],
    });
    expect(proposeSettings({ ...proposed, changes: proposed.changes.slice(1) }, false)).toMatchObject({ ok: false });
  });

  it('waits for somebody else where two are needed; its author may only take it back', () => {
    const first = proposeSettings(proposed, true);
    if (!first.ok) throw new RangeError(first.reason);
    expect(first.value).toHaveLength(1);
    const edit = settingsEditOf(factsOf(...first.value));
    const by = (who: string, outcome: 'approved' | 'rejected') =>
      decideSettings(edit, { edit: 'set_1', outcome, by: who, at: 2, reason: 'r' });
    expect(by('usr_1', 'approved')).toMatchObject({ ok: false, code: 'forbidden' });
    expect(by('usr_1', 'rejected').ok).toBe(true);
    const second = by('usr_2', 'approved');
    if (!second.ok) throw new RangeError(second.reason);
    const done = settingsEditOf(factsOf(...first.value, ...second.value));
    expect(decideSettings(done, { edit: 'set_1', outcome: 'rejected', by: 'usr_3', at: 3, reason: 'r' })).toMatchObject(
      {
        ok: false,
        code: 'conflict',
      },
    );
    expect(revertOf(done)).toMatchObject({ ok: true, value: [{ setting: plan, before: 0.15, value: null }] });
    expect(revertOf(edit)).toMatchObject({ ok: false, code: 'conflict' });
    expect(revertOf(null)).toMatchObject({ ok: false, code: 'not_found' });
  });
});

describe('a back-test of settings', () => {
  const hour = 3_600_000;
  /** Pressure under demand falls by a quarter over ten days, a minute every ten. */
  const minutes: PastInput[] = Array.from({ length: 6 * 24 * 10 }, (_, i) => ({
    at: (i * hour) / 6,
    signal: 'hyd.press',
    mean: 100 - Math.max(0, (25 * (i - 288)) / (6 * 24 * 8)),
  }));
  const test = (value: number) => {
    const settings = applySettings(
      defaults,
      new Map([
        ['limits/hyd.press/ratio-below/watch', value],
        ['limits/hyd.press/value-below/watch', 60],
        ['limits/hyd.press/value-below/plan', 50],
        ['limits/hyd.press/value-below/act-now', 40],
      ]),
    );
    return backTestSettings(
      settings,
      indicatorsOf(settings, ['limits/hyd.press/ratio-below/watch']),
      undefined,
      minutes,
    );
  };

  it('raises with a tight limit what a loose one leaves', () => {
    expect(test(0.06).cases).toMatchObject([{ feature: 'hyd.press', from: expect.any(Number), to: null }]);
    expect(test(0.09).cases[0]?.from).toBeGreaterThan(test(0.06).cases[0]?.from ?? Infinity);
    expect(test(0.06).observations).toBeGreaterThan(400);
  });

  it('takes the normal that was learned, and counts moves without the event', () => {
    const settings = defaults;
    const learned = freshState('spr_1', 'org_1');
    learned.tracks['tl[1].lockRatio'] = {
      n: 99,
      values: [],
      times: [],
      refused: 0,
      limits: [{ step: 0 }],
      baseline: { values: [], learnt: { center: 1, spread: 0.02 } } as never,
    };
    const moves = (i: number, features: Record<string, number>): PastInput => ({
      at: i * 120_000,
      locked: true,
      completed: true,
      load: 20,
      features: { 'tl[1].lockTime': 1500, ...features },
    });
    const slow = Array.from({ length: 40 }, (_, i) => moves(i, { 'tl[1].lockRatio': 1.5 }));
    const { cases } = backTestSettings(settings, new Set(['tl[n].lockRatio']), learned, slow);
    expect(cases).toMatchObject([{ feature: 'tl[1].lockRatio', level: 'plan' }]);
    const hard = Array.from({ length: 60 }, (_, i) => moves(i, { 'landing.peakG': i % 10 === 0 ? 5 : 1 }));
    const landings = (value: number) =>
      backTestSettings(
        applySettings(defaults, new Map([['signs/hard-landing', value]])),
        indicatorsOf(defaults, ['signs/hard-landing']),
        undefined,
        hard,
      ).cases.length;
    expect([landings(4), landings(5.5)]).toEqual([1, 0]);
  });
});

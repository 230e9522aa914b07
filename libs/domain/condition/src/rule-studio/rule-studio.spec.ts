import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope, RuleText } from '@quaywatch/contracts';
import { conditionDefaults, freshState } from '../index';
import {
  approveRule,
  draftRule,
  expressionOf,
  feedRule,
  freshRun,
  readingProblem,
  ruleBookOf,
  runRules,
  switchRuleOff,
  type OperatorRule,
  type RuleInput,
  type RuleOn,
  type RuleRuns,
} from './index';

const min = 60_000;
const text: RuleText = {
  name: 'Low pressure',
  expression: 'x',
  form: null,
  component: 'HYD.P',
  level: 'plan',
  risk: 'production',
  hold: 3,
  action: 'Check the pump',
  repairHours: 2,
  models: [],
  spreaders: [],
};
const rule = (more: Partial<OperatorRule> = {}): OperatorRule => ({
  rule: 'rul_1',
  version: 1,
  text,
  signals: ['hyd.press'],
  per: 'minute',
  holds: (look) => {
    const value = look('hyd.press');
    return value === undefined ? undefined : Number(value) < 80;
  },
  ...more,
});
const press = (minute: number, value: number): RuleInput => ({ at: minute * min, signal: 'hyd.press', value });

describe('an operator rule', () => {
  it('opens after as many minutes in a row, closes after as many', () => {
    const run = freshRun(1);
    const changes = [70, 70, 90, 70, 70, 70, 90, 70, 90, 90, 90, 90].flatMap(
      (value, i) => feedRule(rule(), run, press(i, value)) ?? [],
    );
    expect(changes.map(({ at, open }) => [at / min, open])).toEqual([
      [6, true],
      [11, false],
    ]);
    expect(changes[0]?.values).toEqual({ 'hyd.press': 70 });
  });
  it('takes the mean of a minute, and leaves late samples', () => {
    const run = freshRun(1);
    const one = rule({ text: { ...text, hold: 1 } });
    feedRule(one, run, { at: 0, signal: 'hyd.press', value: 60 });
    feedRule(one, run, { at: 1000, signal: 'hyd.press', value: 110 });
    expect(feedRule(one, run, press(1, 60))).toBeNull();
    expect(feedRule(one, run, press(0, 0))).toBeNull();
    expect(feedRule(one, run, press(2, 90))).toMatchObject({ open: true, at: 2 * min });
  });
  it('concludes nothing from what is not known', () => {
    const run = freshRun(1);
    const two = rule({
      signals: ['hyd.press', 'hyd.oilTemp'],
      text: { ...text, hold: 1 },
      holds: (look) => (look('hyd.oilTemp') === undefined ? undefined : true),
    });
    for (let i = 0; i < 5; i++) expect(feedRule(two, run, press(i, 1))).toBeNull();
    expect([run.evaluations, run.unknown]).toEqual([4, 4]);
  });
  it('per move sees the features of the move', () => {
    const run = freshRun(1);
    const hard = rule({
      per: 'move',
      signals: ['landing.peakG'],
      text: { ...text, hold: 2 },
      holds: (look) => {
        const g = look('landing.peakG');
        return g === undefined ? undefined : Number(g) > 4;
      },
    });
    expect(feedRule(hard, run, { at: 1, features: { 'landing.peakG': 5 } })).toBeNull();
    expect(feedRule(hard, run, { at: 2, features: {} })).toBeNull();
    expect(feedRule(hard, run, { at: 3, features: { 'landing.peakG': 5 } })).toMatchObject({ open: true });
  });
});

describe('live', () => {
  const go = (
    rules: RuleOn[],
    from: number,
    values: number[],
    state = freshState('spr_1', 'org'),
    runs: RuleRuns = {},
  ) => ({
    state,
    runs,
    said: values.flatMap((value, i) =>
      runRules(conditionDefaults, rules, 'Single 45', state, runs, { samples: [press(from + i, value)], moves: [] }),
    ),
  });
  it('says what built-in rules say, and the same after a restart in the middle', () => {
    const on = [{ rule: rule(), from: 0, to: null }];
    const whole = go(on, 0, [70, 70, 70, 70, 90, 90, 90, 90]);
    expect(whole.said.map(({ kind }) => kind)).toEqual([
      'condition-changed',
      'advice-raised',
      'condition-changed',
      'advice-closed',
    ]);
    expect(whole.said[1]).toMatchObject({
      expected: 0,
      advice: { title: 'Low pressure', level: 'plan', provenance: { version: '1' } },
    });
    expect(whole.said[3]).toMatchObject({ expected: 1 });
    const half = go(on, 0, [70, 70, 70]);
    const [state, runs] = JSON.parse(JSON.stringify([half.state, half.runs])) as [typeof half.state, RuleRuns];
    expect([...half.said, ...go(on, 3, [70, 90, 90, 90, 90], state, runs).said]).toEqual(whole.said);
  });
  it('sees only data of the time it is on, and takes back what it said when it is off', () => {
    expect(go([{ rule: rule(), from: 5 * min, to: null }], 0, [70, 70, 70, 70, 70]).said).toEqual([]);
    const { said } = go([{ rule: rule(), from: 0, to: 6 * min }], 0, [70, 70, 70, 70, 70, 70, 70, 70]);
    expect(said.map(({ kind }) => kind)).toEqual([
      'condition-changed',
      'advice-raised',
      'condition-changed',
      'advice-closed',
    ]);
  });
  it('is only for the models and spreaders it names', () => {
    expect(
      go([{ rule: rule({ text: { ...text, models: ['Other'] } }), from: 0, to: null }], 0, [70, 70, 70, 70, 70]).said,
    ).toEqual([]);
    expect(
      go(
        [{ rule: rule({ text: { ...text, models: ['Other'], spreaders: ['spr_1'] } }), from: 0, to: null }],
        0,
        [70, 70, 70, 70, 70],
      ).said,
    ).toHaveLength(2);
  });
});

describe('the book of a rule', () => {
  const fact = (type: string, data: object) => ({ type, data, org: 'org' }) as unknown as EventEnvelope;
  const drafted = (version: number, by = 'anna') =>
    fact('rule-drafted', { rule: 'rul_1', version, text: { ...text, hold: version }, by, at: 1 });
  const approve = (version: number, by: string) => ({ rule: 'rul_1', version, by, at: 2, reason: 'good' });
  it('needs four eyes', () => {
    const book = ruleBookOf([drafted(1)]);
    expect(approveRule(book, approve(1, 'anna'))).toMatchObject({ ok: false, code: 'forbidden' });
    expect(approveRule(book, approve(1, 'bert'))).toMatchObject({ ok: true });
    expect(approveRule(book, approve(2, 'bert'))).toMatchObject({ ok: false, code: 'not_found' });
  });
  it('approves only the newest version, keeps the old one on until then', () => {
    const book = ruleBookOf([drafted(1), fact('rule-approved', approve(1, 'bert')), drafted(2, 'bert')]);
    expect(book.active).toBe(1);
    expect(approveRule(book, approve(1, 'carl'))).toMatchObject({ code: 'conflict' });
    expect(approveRule(book, approve(2, 'anna'))).toMatchObject({ ok: true });
  });
  it('numbers versions, refuses one without a change, and off without on', () => {
    const book = ruleBookOf([drafted(1)]);
    expect(draftRule(book, { rule: 'rul_1', text: { ...text, hold: 1 }, by: 'a', at: 1 })).toMatchObject({
      code: 'conflict',
    });
    expect(draftRule(book, { rule: 'rul_1', text, by: 'a', at: 1 })).toMatchObject({
      value: [{ data: { version: 2 } }],
    });
    expect(switchRuleOff(book, { rule: 'rul_1', by: 'a', at: 1, reason: 'x' })).toMatchObject({ code: 'conflict' });
  });
});

it('forms become expressions, and signals are read by their kind', () => {
  expect(
    expressionOf({
      match: 'all',
      conditions: [
        { signal: 'hyd.press', op: '<', value: 80 },
        { signal: 'landed', op: '==', value: true },
        { signal: 'len.pos', op: '!=', value: '20' },
      ],
    }),
  ).toBe('num("hyd.press") < 80.0 && flag("landed") == true && state("len.pos") != "20"');
  expect(readingProblem('num', 'hyd.press')).toBeNull();
  expect(readingProblem('num', 'landed')).toContain('flag');
  expect(readingProblem('num', 'no.such')).toContain('no signal');
  expect(readingProblem('flag', 'tl[n].locked')).not.toBeNull();
  expect(readingProblem('flag', 'tl[9].locked')).toContain('1 to 8');
});

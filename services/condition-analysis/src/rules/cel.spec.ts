import { describe, expect, it } from '@jest/globals';
import type { RuleText } from '@quaywatch/contracts';
import { checkRule, compileRule } from './cel';

const check = (expression: string) => checkRule({ expression, form: null });
const text = (expression: string): RuleText => ({
  name: 'x',
  expression,
  form: null,
  component: 'HYD.P',
  level: 'plan',
  risk: 'production',
  hold: 1,
  action: 'a',
  repairHours: 1,
  models: [],
  spreaders: [],
});

describe('the rule language', () => {
  it.each([
    ['num("hyd.press") < 80 && num("hyd.oilTemp") > 25.0', 'minute', ['hyd.oilTemp', 'hyd.press']],
    ['abs(num("load.ecc.L")) > 10.0 || flag("landed")', 'move', ['landed', 'load.ecc.L']],
    [
      '!(state("len.pos") == "40") ? num("hyd.press") - num("hyd.level") > 1.5 : false',
      'minute',
      ['hyd.level', 'hyd.press', 'len.pos'],
    ],
    ['-num("hyd.press") < -80.0', 'minute', ['hyd.press']],
  ])('takes %s', (expression, per, signals) => expect(check(expression)).toMatchObject({ valid: true, per, signals }));

  it.each([
    ['num("hyd.press")', 'true or false'],
    ['num("no.such") > 1.0', 'no signal'],
    ['flag("hyd.press")', 'num('],
    ['1 < 2', 'must read a signal'],
    ['num("hyd" + ".press") > 1.0', 'in quotes'],
    ['"a".matches("(a+)+$")', 'cannot be used'],
    ['[1, 2, 3].exists(x, num("hyd.press") > 1.0)', ''],
    ['num("hyd.press") >', ''],
    ['process.exit()', ''],
    [Array(150).fill('flag("landed")').join(' && '), ''],
  ])('refuses %s', (expression, problem) => {
    const { valid, problem: said } = check(expression);
    expect(valid).toBe(false);
    expect(said).toContain(problem);
  });

  it('evaluates, and concludes nothing from what is not known', () => {
    const rule = compileRule('rul_1', 1, text('num("hyd.press") < 80 && flag("landed")'));
    const at = (values: Record<string, number | boolean>) => rule?.holds((signal) => values[signal]);
    expect(at({ 'hyd.press': 70, landed: true })).toBe(true);
    expect(at({ 'hyd.press': 90, landed: true })).toBe(false);
    expect(at({ 'hyd.press': 70 })).toBeUndefined();
    // One side decides: what the other would say does not matter.
    expect(at({ 'hyd.press': 90 })).toBe(false);
  });

  it('reads the JSON form', () => {
    const form = { match: 'any' as const, conditions: [{ signal: 'hyd.press', op: '<' as const, value: 80 }] };
    expect(checkRule({ expression: 'ignored', form })).toMatchObject({
      valid: true,
      expression: 'num("hyd.press") < 80.0',
    });
  });
});

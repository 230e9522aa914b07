import { describe, expect, it } from '@jest/globals';
import { conditionLevel, failureModes, httpSchemas, riskClass, signalAt, signalCatalogue } from '@quaywatch/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { componentKey } from '../spreader/place';
import { adviceTexts } from './advice-texts';
import { kpiTexts } from './kpi-texts';
import { alarmTexts } from './alarm-texts';
import { shortcutTexts } from './shortcut-texts';
import { attentionTexts } from './attention-texts';
import { changeTexts } from './change-texts';
import { componentTexts } from './component-texts';
import { coverageTexts } from './coverage-texts';
import { deviceTexts } from './device-texts';
import { en } from './en';
import { integrationTexts } from './integration-texts';
import { replayTexts } from './replay-texts';
import { ruleTexts } from './rule-texts';
import { securityTexts } from './security-texts';
import { signalKey } from './signal-key';

const parts = [
  en,
  attentionTexts,
  shortcutTexts,
  alarmTexts,
  kpiTexts,
  adviceTexts,
  changeTexts,
  componentTexts,
  coverageTexts,
  deviceTexts,
  integrationTexts,
  replayTexts,
  ruleTexts,
  securityTexts,
];
const all = Object.assign({}, ...parts) as Record<string, unknown>;

const has = (path: string): boolean => {
  let at: unknown = all;
  for (const step of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[step];
  return typeof at === 'string';
};

describe('texts', () => {
  it('name every signal of the catalogue', () => {
    const nameless = [...signalCatalogue.keys()].filter((id) => !has(`signal.${signalKey(signalAt(id, 1)).key}`));
    expect(nameless).toEqual([]);
  });

  it('name the component of every failure mode', () => {
    const nameless = [...failureModes.values()]
      .map(({ component }) => component.replace('[n]', '[1]'))
      .filter((component) => component !== '*' && !has(`component.${componentKey(component).key}`));
    expect(nameless).toEqual([]);
  });

  it('say nothing twice: no part hides what another one says', () => {
    const groups = parts.flatMap((part) => Object.keys(part));
    expect(groups.filter((group, i) => groups.indexOf(group) !== i)).toEqual([]);
  });

  it('name every level, risk and state', () => {
    for (const level of conditionLevel.options) expect(has(`condition.${level}`)).toBe(true);
    for (const risk of riskClass.options) expect(has(`risk.${risk}`)).toBe(true);
    for (const state of httpSchemas.alarm.shape.state.options) expect(has(`alarms.state.${state}`)).toBe(true);
  });

  it('has every key that the portal asks for', () => {
    const source = fileURLToPath(new URL('..', import.meta.url));
    const asked = new Set<string>();
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(file) || file.endsWith('.spec.ts')) continue;
      for (const [, key] of readFileSync(source + file, 'utf8').matchAll(/\bt\(\s*'([\w.]+)'/g))
        if (key) asked.add(key);
    }
    expect(asked.size).toBeGreaterThan(50);
    expect([...asked].filter((key) => !has(key) && !has(`${key}_other`))).toEqual([]);
  });
});

import type { Evidence } from '@quaywatch/contracts';
import type { Step } from '../limits/limit';
import type { ConditionSettings } from '../settings';
import type { Indicator } from '../tracks/track';
import type { Verdict } from './rule';

/**
 * Puts indicators together to a verdict: step and severity of the worst main indicator; every further main or
 * supporting indicator that is out of order raises the confidence. Undefined when no main indicator can be judged.
 */
export function weigh(
  settings: ConditionSettings,
  component: string,
  main: readonly (Indicator | undefined)[],
  support: readonly (Indicator | undefined)[] = [],
): Verdict | undefined {
  const judged = main.filter((indicator): indicator is Indicator => indicator?.judged === true);
  if (judged.length === 0) return undefined;
  const step = worstStep(...judged);
  const highest = Math.max(...judged.map((indicator) => indicator.severity));
  // Nearly everything is in order nearly all the time.
  if (step === 0) return { component, step, severity: highest, confidence: 0, since: null, evidence: [] };
  const worstFirst = [...judged].sort((a, b) => b.step - a.step || b.severity - a.severity);
  const speaking = [
    ...worstFirst,
    ...support.filter((indicator): indicator is Indicator => indicator?.judged === true),
  ].filter((indicator) => indicator.step > 0 || indicator.severity >= 1);
  const { one, each, most } = settings.rules.confidence;
  const sinces = worstFirst.flatMap(({ since }) => (since === null ? [] : [since]));
  return {
    component,
    step,
    severity: highest,
    confidence: Math.min(
      most,
      Math.round((one + each * (Math.max(1, speaking.length) - 1) + 0.05 * (step - 1)) * 100) / 100,
    ),
    since: sinces.length === 0 ? null : Math.min(...sinces),
    main: worstFirst.filter((indicator) => indicator.step > 0).map(({ id }) => id),
    evidence: (speaking.length ? speaking : worstFirst.slice(0, 1)).map(evidenceOf),
  };
}

/** The same component in order: what was seen is better explained by another failure mode. */
export const explained = (verdict: Verdict): Verdict => ({
  ...verdict,
  step: 0,
  severity: 0,
  confidence: 0,
  since: null,
  evidence: [],
});

/** An indicator as evidence, with one sentence for people. */
export function evidenceOf(indicator: Indicator): Evidence {
  return {
    signal: indicator.id,
    unit: indicator.unit,
    value: rounded(indicator.value),
    baseline: rounded(indicator.baseline),
    limit: rounded(indicator.limit),
    from: indicator.from,
    to: indicator.to,
    count: indicator.count,
    text: sentence(indicator),
  };
}

/** The worst step of indicators, 0 when there is none. */
export const worstStep = (...indicators: readonly (Indicator | undefined)[]): Step =>
  indicators.reduce<Step>((worst, indicator) => (indicator && indicator.step > worst ? indicator.step : worst), 0);

function sentence(indicator: Indicator): string {
  const { words, value, baseline, limit, unit } = indicator;
  const start = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  const shown = unitWords(unit);
  const parts = [`${start}: ${short(value)}${shown}`];
  if (baseline !== null) parts.push(`normal ${short(baseline)}${shown}`);
  if (limit !== null) parts.push(`limit ${short(limit)}${shown}`);
  return `${parts.join(', ')} (${indicator.count} observations)`;
}

const unitNames: Readonly<Record<string, string>> = {
  '1': '',
  Cel: ' °C',
  '[g]': ' g',
  'kW.h': ' kWh',
  '%/d': ' % a day',
};
/** A unit as it stands behind a number, with its space. */
export const unitWords = (unit: string): string => unitNames[unit] ?? ` ${unit}`;
const short = (value: number | null): string => (value === null ? '–' : String(Number(value.toPrecision(3))));
const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(6)));

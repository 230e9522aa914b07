import type { Cause } from '@quaywatch/contracts';
import type { Verdict } from '../rules/rule';
import { modeOf, type ConditionFailureMode, type ConditionSettings } from '../settings';
import { componentWords } from './component-words';

/** What every rule says now, also of components in order: it speaks for or against other causes. */
export interface Said {
  readonly failureMode: string;
  readonly verdict: Verdict;
}

/** Most causes that are named. */
const most = 4;

/**
 * Causes of a finding, the likeliest first; the probabilities add up to 1. The finding's own failure mode has its
 * confidence. What is left is shared by the failure modes that show in the same way (`alternatives` of the catalogue):
 * the earlier they stand and the more their own indicators are out, the larger the share; `unknownCause` of it is kept
 * for what the catalogue does not know. A case without a known failure mode names those of its group of components.
 */
export function causesOf(
  settings: ConditionSettings,
  failureMode: string,
  verdict: Verdict,
  all: readonly Said[],
): Cause[] {
  const own = modeOf(settings, failureMode);
  const generic = failureMode === 'FM-GEN' || own === undefined;
  const sure = generic ? 0 : verdict.confidence;
  const candidates = generic ? ofGroup(settings, verdict.component) : alternatives(settings, own);
  const weighed = candidates.map((mode, rank) => {
    const said = all
      .filter((one) => one.failureMode === mode.id && position(one.verdict.component) === position(verdict.component))
      .sort((a, b) => b.verdict.severity - a.verdict.severity)[0];
    const component = said?.verdict.component ?? placed(mode.component, verdict.component);
    return { mode, component, weight: (0.5 + (said?.verdict.severity ?? 0)) / (1 + rank) };
  });
  const sum = weighed.reduce((total, { weight }) => total + weight, 0);
  const left = (1 - sure) * (1 - settings.advice.unknownCause);
  const causes: Cause[] = generic
    ? []
    : [{ failureMode, component: verdict.component, title: titleOf(verdict.component, own), probability: cents(sure) }];
  for (const { mode, component, weight } of weighed) {
    const probability = cents((left * weight) / sum);
    if (probability > 0) causes.push({ failureMode: mode.id, component, title: titleOf(component, mode), probability });
  }
  causes.sort((a, b) => b.probability - a.probability || ((a.failureMode ?? '') < (b.failureMode ?? '') ? -1 : 1));
  const named = causes.slice(0, most);
  if (!generic && !named.some((cause) => cause.failureMode === failureMode))
    named.splice(most - 1, 1, ...causes.filter((cause) => cause.failureMode === failureMode));
  const told = named.reduce((total, { probability }) => total + probability, 0);
  const other = {
    failureMode: null,
    component: verdict.component,
    title: 'Another cause',
    probability: cents(1 - told),
  };
  return other.probability > 0 ? [...named, other] : named;
}

const titleOf = (component: string, mode: ConditionFailureMode): string => `${componentWords(component)} ${mode.title}`;

const alternatives = (settings: ConditionSettings, { alternatives: ids }: ConditionFailureMode) =>
  ids.flatMap((id) => {
    const mode = modeOf(settings, id);
    return mode?.enabled ? [mode] : [];
  });

/** Failure modes of the same group of components: of `HYD.P` those of the hydraulics, the same component first. */
function ofGroup({ failureModes }: ConditionSettings, component: string): ConditionFailureMode[] {
  const head = (code: string): string => /^[A-Z]+/.exec(code)?.[0] ?? '';
  const family = component.replace(/\[\d+\]/, '[n]');
  return failureModes
    .filter((mode) => mode.enabled && mode.id !== 'FM-GEN' && head(mode.component) === head(component))
    .sort((a, b) => Number(b.component.startsWith(family)) - Number(a.component.startsWith(family)));
}

const position = (component: string): string => /\[(\d+)\]/.exec(component)?.[1] ?? '';

/** A component family at the position of another component. */
const placed = (family: string, like: string): string =>
  position(like) === '' ? family.replace('[n]', '') : family.replace('[n]', `[${position(like)}]`);

/** Hundredths: what people read, and what adds up exactly. */
const cents = (value: number): number => Math.round(value * 100) / 100;

import type { ComponentHealth, ConditionLevel, Provenance } from '@quaywatch/contracts';
import { componentWords, healthComponent } from '../advice/component-words';
import { levelOf } from '../advice/advise';
import type { Step } from '../limits/limit';
import { modeOf, type ConditionSettings } from '../settings';

/** What a failure mode contributes to the health of its component. */
export interface ModeStanding {
  readonly failureMode: string;
  readonly component: string;
  readonly step: Step;
  readonly severity: number;
}

/** Health of a spreader (ISO 13374 block HA); score null = not enough data, never shown as healthy. */
export interface SpreaderHealth {
  readonly at: number;
  readonly level: ConditionLevel;
  readonly score: number | null;
  /** Share of the indicators that could be judged, 0..1. */
  readonly completeness: number;
  readonly components: readonly ComponentHealth[];
  readonly model: string;
  readonly provenance: Provenance;
}

/**
 * Health index: a component has 100 − Σ penalties, each piecewise linear in the severity of a failure mode; the spreader
 * has `worstShare` × worst + rest × mean of its components (0.6 and 0.4 by default), so that a mean never hides one bad
 * part; bands and the safety cap as in the settings. Below the least completeness the score is null.
 */
export function assessHealth(
  settings: ConditionSettings,
  standings: readonly ModeStanding[],
  completeness: number,
  at: number,
): SpreaderHealth {
  const byComponent = new Map<string, ModeStanding[]>();
  for (const standing of standings) {
    const component = healthComponent(standing.component);
    byComponent.set(component, [...(byComponent.get(component) ?? []), standing]);
  }
  const components = [...byComponent]
    .map(([component, parts]) => componentHealth(settings, component, parts))
    .sort(byName);
  const scores = components.flatMap(({ score }) => score ?? []);
  const worst = standings.reduce<Step>((step, standing) => (standing.step > step ? standing.step : step), 0);
  const enough = completeness >= settings.health.minCompleteness && scores.length > 0;
  const model = settings.model;
  const provenance: Provenance = {
    block: 'HA',
    algorithm: `health-index@${model}`,
    version: '1',
    inputs: [...new Set(standings.map(({ failureMode }) => failureMode))].sort(),
  };
  if (!enough)
    return {
      at,
      level: worst > 0 ? levelOf(worst) : 'no_data',
      score: null,
      completeness,
      components,
      model,
      provenance,
    };
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const rolled = settings.health.worstShare * Math.min(...scores) + (1 - settings.health.worstShare) * mean;
  const danger = standings.some(
    ({ step, failureMode }) => step === 3 && modeOf(settings, failureMode)?.risk === 'safety',
  );
  const score = Math.round(danger ? Math.min(rolled, settings.health.safetyCap) : rolled);
  return { at, level: levelOf(worst), score, completeness, components, model, provenance };
}

function componentHealth(
  settings: ConditionSettings,
  component: string,
  parts: readonly ModeStanding[],
): ComponentHealth {
  const reasons = parts
    .map((part) => ({ part, points: penalty(settings, part) }))
    .filter(({ points }) => points >= 1)
    .sort((a, b) => b.points - a.points)
    .map(({ part, points }) => ({
      text: `${componentWords(part.component)} ${modeOf(settings, part.failureMode)?.title ?? ''}`.trim(),
      points: Math.round(points),
      failureMode: part.failureMode,
    }));
  const score = Math.max(0, 100 - reasons.reduce((sum, { points }) => sum + points, 0));
  const worst = parts.reduce<Step>((step, part) => (part.step > step ? part.step : step), 0);
  return { component, level: levelOf(worst), score, reasons: reasons.slice(0, 3) };
}

/** Points for a severity. What has not settled (on-delay) counts as less than the next step; what is held, as its step. */
function penalty(settings: ConditionSettings, { step, severity }: ModeStanding): number {
  const held = Math.min(Math.max(severity, step), step + 0.95);
  const [half, ...steps] = settings.health.penalties;
  const points: readonly [number, number][] = [
    [0, 0],
    [0.5, half],
    ...steps.map((y, i): [number, number] => [i + 1, y]),
  ];
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1] as [number, number];
    const [x1, y1] = points[i] as [number, number];
    if (held <= x1) return y0 + ((held - x0) / (x1 - x0)) * (y1 - y0);
  }
  return points.at(-1)?.[1] ?? 0;
}

const byName = (a: ComponentHealth, b: ComponentHealth): number => (a.component < b.component ? -1 : 1);

import { signalAt } from '@quaywatch/contracts';
import type { Look, Rule, Verdict } from './rule';
import { explained, weigh } from './weigh';

/** A rule that says of a component what its indicators say, unless something else explains them. */
export interface IndicatorRule {
  readonly failureMode: string;
  /** With `[n]`: one verdict for each position. */
  readonly component: string;
  readonly positions?: number;
  /** Indicators that can open a finding; the worst counts. */
  readonly main: readonly string[];
  /** Indicators that only make it surer. */
  readonly support?: readonly string[];
  /** True when what is seen comes from another failure mode. */
  readonly unless?: (look: Look, position: number) => boolean;
}

/** The rule that `given` describes. */
export function fromIndicators(given: IndicatorRule): Rule {
  const { failureMode, component, main, support = [], unless } = given;
  const positions = given.positions === undefined ? [0] : Array.from({ length: given.positions }, (_, i) => i + 1);
  // Rules run all the time: their names are made once.
  const places = positions.map((n) => ({
    n,
    component: signalAt(component, n),
    main: main.map((id) => signalAt(id, n)),
    support: support.map((id) => signalAt(id, n)),
  }));
  return {
    failureMode,
    version: '1',
    inputs: [...main, ...support],
    judge(look, settings) {
      const out: Verdict[] = [];
      for (const place of places) {
        const seen = place.main.map(look);
        if (!seen.some((indicator) => indicator?.judged)) continue;
        const verdict = weigh(settings, place.component, seen, place.support.map(look));
        if (verdict) out.push(unless?.(look, place.n) ? explained(verdict) : verdict);
      }
      return out;
    },
  };
}

/** True when one of the indicators left normal. */
export const out = (look: Look, ...ids: readonly string[]): boolean => ids.some((id) => (look(id)?.step ?? 0) > 0);

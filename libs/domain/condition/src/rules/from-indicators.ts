import { signalAt } from '@quaywatch/contracts';
import type { Look, Rule } from './rule';
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
  return {
    failureMode,
    version: '1',
    inputs: [...main, ...support],
    judge(look, settings) {
      return positions.flatMap((n) => {
        const seen = (ids: readonly string[]): ReturnType<Look>[] => ids.map((id) => look(signalAt(id, n)));
        const verdict = weigh(settings, signalAt(component, n), seen(main), seen(support));
        return verdict ? [unless?.(look, n) ? explained(verdict) : verdict] : [];
      });
    },
  };
}

/** True when one of the indicators left normal. */
export const out = (look: Look, ...ids: readonly string[]): boolean => ids.some((id) => (look(id)?.step ?? 0) > 0);

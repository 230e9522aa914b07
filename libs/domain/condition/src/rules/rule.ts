import type { Evidence } from '@quaywatch/contracts';
import type { Step } from '../limits/limit';
import type { ConditionSettings } from '../settings';
import type { Indicator } from '../tracks/track';

/** Finds an indicator by its concrete id; undefined when the spreader never showed it. */
export type Look = (id: string) => Indicator | undefined;

/** Whether a finding of a failure mode is open at a component (concrete code). */
export type IsOpen = (failureMode: string, component: string) => boolean;

/** What a rule says about one component. */
export interface Verdict {
  /** Concrete component code, e.g. `TL[3].SL`. */
  readonly component: string;
  /** Settled step. */
  readonly step: Step;
  /** Severity 0..4, continuous. */
  readonly severity: number;
  /** Probability of this cause, 0..1. */
  readonly confidence: number;
  /** When it left normal, ms; null at step 0. */
  readonly since: number | null;
  /** Indicators that can make it worse and are out of order, the worst first; absent where no rule speaks. */
  readonly main?: readonly string[];
  /** The indicator that weighs most first. */
  readonly evidence: readonly Evidence[];
}

/** One failure mode's rule: a pure function over the indicators of a spreader. */
export interface Rule {
  readonly failureMode: string;
  readonly version: string;
  /** Feature families it reads, for provenance. */
  readonly inputs: readonly string[];
  /**
   * One verdict for each component that can be judged, also for those in order. `isOpen` says whether a finding of a
   * failure mode is open at a component: between two explanations the one that stands is kept while it is in doubt.
   */
  judge(look: Look, settings: ConditionSettings, isOpen: IsOpen): Verdict[];
}

import type { ChangeSettings } from '../detect/change-control';
import type { CommitteeSettings } from '../detect/committee';
import type { CourseSettings } from '../detect/course-control';
import type { DriftSettings } from '../detect/drift-chart';
import type { JointSettings } from '../detect/joint-control';
import type { SurpriseSettings } from '../detect/context-surprise';
import type { TailSettings } from '../detect/tail-limit';

/** What an expected value depends on: load carried, oil and ambient temperature, long or short container. */
export type Covariate = 'load' | 'oilTemp' | 'ambient' | 'mode';

/** A feature of a move, or a sampled signal, that is watched. */
export interface WatchedFeature {
  /** Feature or signal; `[n]` is the group's position. */
  readonly feature: string;
  readonly on: readonly Covariate[];
  /** Smallest lasting change that matters: share of the usual value, or in the unit. */
  readonly least: { readonly share: number } | { readonly unit: number };
  /** Sampled signals: only samples within count (a pressure under demand). */
  readonly within?: readonly [number, number];
}

/** Features that belong to one component and are watched together. */
export interface WatchedGroup {
  /** Component code; with `[n]` there is one group for each position. */
  readonly component: string;
  readonly positions?: number;
  /** A row is what one move showed, or the means of a window of working time. */
  readonly rows: 'move' | 'window';
  readonly features: readonly WatchedFeature[];
  /** Components whose open finding explains what is seen here. */
  readonly explainedBy: readonly string[];
}

/** How components are watched beyond the rules for known failure modes. */
export interface WatchSettings {
  readonly groups: readonly WatchedGroup[];
  /** Length of a window row, ms, and samples of a signal that it needs. */
  readonly window: number;
  readonly minSamples: number;
  /** Rows from which what a feature depends on is learned before it is judged; it is refined up to `hold` rows. */
  readonly learn: number;
  readonly hold: number;
  readonly drift: DriftSettings;
  readonly sudden: TailSettings;
  /** Rows of residuals from which the group's joint normal is learned, and how it is watched. */
  readonly jointLearn: number;
  readonly joint: JointSettings;
  /** Rows in a row that a group must be out for a case of its own: where no rule judges the leading feature, and where one does. */
  readonly patience: { readonly unknown: number; readonly known: number };
  /** Most cases without a known failure mode that one asset may open in a time (ms): the alarm budget. */
  readonly budget: { readonly cases: number; readonly per: number };
  /** Assets that make no moves: their sampled signals are one group. Samples to learn from, most signals, rows out for a case. */
  readonly asset: {
    readonly learn: number;
    readonly signals: number;
    readonly level: CommitteeSettings;
    readonly change: ChangeSettings;
    readonly rows: number;
  };
  /**
   * Assets that make no moves: how the values of a signal follow each other. Most signals (a table of some tens of kB
   * each), samples for which a finding lasts, and the detector.
   */
  readonly surprise: { readonly signals: number; readonly lasts: number; readonly detector: SurpriseSettings };
  /**
   * Courses of movements: numbers in a column of an `event` frame that make it one, points to which it is stretched,
   * movements to learn from and in one group, most signals, movements in a row that are out for a case and in order for
   * its end, and the detector.
   */
  readonly course: {
    readonly least: number;
    readonly points: number;
    readonly learn: number;
    readonly group: number;
    readonly signals: number;
    readonly patience: number;
    readonly calm: number;
    readonly detector: CourseSettings;
  };
}

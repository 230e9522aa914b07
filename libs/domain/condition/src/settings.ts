import type { FailureMode } from '@quaywatch/contracts';
import type { DesignDuty } from './fatigue/duty';
import type { EnduranceCurve } from './fatigue/miner';
import type { Suspicion } from './kpi/stops';
import type { TrendSettings } from './tracks/trend';
import type { WatchSettings } from './watch/watch-settings';

/** What a limit compares: the value itself, its ratio to the baseline minus 1, or its difference from the baseline. */
export type LimitMeasure = 'value' | 'ratio' | 'offset';

/** How long something must last: both, where both are given. */
export interface Delay {
  /** Observations in a row. */
  readonly count?: number;
  /** Time, ms. */
  readonly ms?: number;
}

/** A three-step limit. Steps are in the unit of the measure, all positive, rising away from normal. */
export interface LimitSpec {
  readonly measure: LimitMeasure;
  /** `both`: the size of the deviation counts, whatever its sign. `below` measures how far under zero (offset, ratio). */
  readonly side: 'above' | 'below' | 'both';
  readonly watch: number;
  readonly plan: number;
  readonly actNow: number;
  /** How far back inside a step it must come to leave the step, in the unit of the measure. */
  readonly hysteresis: number;
  readonly onAfter: Delay;
  readonly offAfter: Delay;
}

/** How a baseline is learned. */
export interface BaselineSpec {
  /** Clean observations to learn from. */
  readonly learn: number;
  /** Operating condition the feature is matched with. */
  readonly context?: 'oilTemp';
}

/** One indicator: a feature, the statistic of its recent observations, its baseline and its limits. */
export interface TrackSpec {
  /** Feature family, with `[n]` where there are several. */
  readonly id: string;
  /** UCUM unit. */
  readonly unit: string;
  /** In words, lower case: "lock time compared with the other corners". */
  readonly words: string;
  /**
   * `median` of the last `recent` observations, the `count` of non-zero ones among them, or their `spread`: the robust
   * standard deviation, 1.4826 × MAD.
   */
  readonly statistic: 'median' | 'count' | 'spread';
  readonly recent: number;
  readonly plausible: readonly [number, number];
  readonly baseline?: BaselineSpec;
  readonly limits: readonly LimitSpec[];
  /** Observations with oil colder than `rules.coldOil` are not taken. */
  readonly maskCold?: boolean;
  /** Judged to be out of date when the newest observation is older than this, ms of data time. */
  readonly freshFor: number;
}

/** A feature made of a signal of the `live` stream: mean over windows of fixed length. With `[n]`: one for each position. */
export interface WindowSpec {
  readonly feature: string;
  readonly signal: string;
  /** `lowest` takes the smallest sample of a window in place of the mean. */
  readonly of?: 'lowest';
  /** Subtracted where given (ambient temperature). */
  readonly minus?: string;
  /** ms. */
  readonly length: number;
  readonly minSamples: number;
  /** Only samples taken while this signal was within the range count. */
  readonly gate?: { readonly signal: string; readonly from: number; readonly to: number };
  /** Also gives the slope per day, least squares over the last `over` window means, once there are `atLeast`. */
  readonly slope?: { readonly feature: string; readonly over: number; readonly atLeast: number };
  /** The feature is the largest of the last `over` window means, once there are `atLeast`: load that comes and goes does not matter. */
  readonly peak?: { readonly over: number; readonly atLeast: number };
}

/** How moves are recognised. */
export interface MoveSettings {
  /** A sample older than the newest by more than this goes to the late lane, ms. */
  readonly lateAfter: number;
  /** A move without release is closed as incomplete after this, ms. */
  readonly timeout: number;
  /** "locked" and "unlocked" both true for longer than this is a sensor fault, ms. */
  readonly bothFor: number;
  /** More edges than this of one sensor within a second is flicker. */
  readonly flickerEdges: number;
  /** Below this load (t) a lift carried nothing. */
  readonly emptyLoad: number;
  /** Distance between twistlock centres at each length class, mm. */
  readonly lengths: Readonly<Record<string, number>>;
  /** Measured length within this of a class is in position, mm. */
  readonly lengthTolerance: number;
  /** After arrival at a length, overshoot is watched for this, ms. */
  readonly settleTime: number;
}

/** What a move must show to count as something that strains or endangers the machine. */
export interface SignSettings {
  /** Safe working load, t, and the share of it that is an overload. */
  readonly swl: number;
  readonly overload: number;
  /** A landing harder than this is hard, than that severe, g. */
  readonly hardLanding: number;
  readonly severeLanding: number;
  /** A corner that carries less than this share of the mean of the others, at more than `loadedAt` t, is unloaded. */
  readonly unloaded: number;
  readonly loadedAt: number;
  /** Corners whose sum differs from the load by more than this share of it are not used to learn how it is shared. */
  readonly loadsDiffer: number;
  /** A function slower than this times its baseline in one move is a valve that stuck. */
  readonly stuckValve: number;
  /** The clogging switch counts with oil above this (Cel), after it was on for this long (ms). */
  readonly filterOil: number;
  readonly filterFor: number;
  /** Target of the oil's cleanliness, codes of ISO 4406. */
  readonly cleanTarget: readonly [number, number, number];
  /** A signal that moved before and shows one value for this long (ms) and so many samples stands still. */
  readonly flatFor: number;
  readonly flatSamples: number;
}

/** When data that cannot be right are a finding of their own. */
export interface QualitySettings {
  /** Bad samples of a signal are counted over this, ms of data time. */
  readonly window: number;
  /** So many samples of one signal in a window that cannot be real make it bad. */
  readonly implausible: number;
  /** A signal is missing when it stays away this long (ms), and `missingTimes` times as long as ever before, while others arrive. */
  readonly missingFor: number;
  readonly missingTimes: number;
}

/** Generic watch over signals that no rule knows. */
export interface GenericSettings {
  /** Samples are averaged over this, ms. */
  readonly block: number;
  /** Blocks to learn from. */
  readonly learn: number;
  /** Weight of a new block in the moving average, 0..1. */
  readonly weight: number;
  /** Deviations in robust standard deviations of the learned blocks. */
  readonly limit: LimitSpec;
  /** Smallest standard deviation, as a share of the learned median's size. */
  readonly scaleFloor: number;
  /** Most signals watched on one asset. */
  readonly signals: number;
}

/** A failure mode of the catalogue, and whether it is looked for. */
export interface ConditionFailureMode extends FailureMode {
  /** False: no finding of it is raised, and an open one is closed. */
  readonly enabled: boolean;
  /** True: a finding of it stays open when the data are normal again, until people report the work. */
  readonly latching: boolean;
}

/** Everything that can be edited about the analysis; defaults in `defaults.ts`. */
export interface ConditionSettings {
  /** Name and version of the model, kept with every result. */
  readonly model: string;
  readonly moves: MoveSettings;
  readonly signs: SignSettings;
  readonly tracks: readonly TrackSpec[];
  readonly windows: readonly WindowSpec[];
  readonly quality: QualitySettings;
  readonly generic: GenericSettings;
  readonly trend: TrendSettings;
  readonly watch: WatchSettings;
  /** The catalogue of failure modes: how each is called, what to do about it, with what; `modeOf` finds one. */
  readonly failureModes: readonly ConditionFailureMode[];
  /**
   * Fatigue of the structure: its S-N curve over load (t), the duty it is designed for, and % used before monitoring
   * began; lock cycles after which a twistlock is exchanged.
   */
  readonly fatigue: {
    readonly curve: EnduranceCurve;
    readonly design: DesignDuty;
    readonly before: number;
    readonly lockCycles: number;
  };
  readonly rules: {
    /** Below this oil temperature (Cel) hydraulic rules are masked. */
    readonly coldOil: number;
    /** Unlocking slow by this share of the slowness of locking speaks for the actuator, less for the twistlock. */
    readonly bothWays: number;
    /** How much less, or more, of it is needed to keep to the explanation that stands, as a share of it. */
    readonly bothWaysMargin: number;
    /** Confidence of a verdict with one indicator, with a second one, and at most. */
    readonly confidence: { readonly one: number; readonly each: number; readonly most: number };
  };
  /** When standing still is suspected to be a stop. */
  readonly stops: Suspicion;
  readonly health: {
    /** Penalty points at severities 0.5, 1 (watch), 2 (plan), 3 (act now), 4. */
    readonly penalties: readonly [number, number, number, number, number];
    /** Lowest score of the bands ok, watch, plan. */
    readonly bands: readonly [number, number, number];
    /** Share of the worst component in the score of the spreader; the rest is the mean. */
    readonly worstShare: number;
    /** Highest score while a safety finding must be acted on now. */
    readonly safetyCap: number;
    /** Below this completeness there is no score. */
    readonly minCompleteness: number;
    /** Health is published again when the score changed by this, or after `publishAfter` ms of data time. */
    readonly publishChange: number;
    readonly publishAfter: number;
  };
  readonly advice: {
    /** An open finding is updated when its main value moved by this share of watch..act now, not more often than `updateAfter` ms. */
    readonly updateChange: number;
    readonly updateAfter: number;
    /** Hours a crane waits for people and parts at an unplanned stop, on top of the repair. */
    readonly waitHours: number;
    /** An unplanned repair takes this many times the planned one. */
    readonly unplannedFactor: number;
    /** What comes back within this after it was normal again is the same finding, reopened, ms of data time. */
    readonly reopenWithin: number;
    /** Moves after a reported repair in which the data must have become normal, else the repair is not proved. */
    readonly proofMoves: number;
    /** Share of the probability that is kept for a cause that is not in the catalogue. */
    readonly unknownCause: number;
  };
}

const modeBooks = new WeakMap<ConditionSettings, ReadonlyMap<string, ConditionFailureMode>>();

/** The failure mode with this id as the settings have it; undefined when there is none. */
export function modeOf(settings: ConditionSettings, id: string): ConditionFailureMode | undefined {
  let book = modeBooks.get(settings);
  if (!book) modeBooks.set(settings, (book = new Map(settings.failureModes.map((mode) => [mode.id, mode]))));
  return book.get(id);
}

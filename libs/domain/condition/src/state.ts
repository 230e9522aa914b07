import type { ConditionLevel } from '@quaywatch/contracts';
import type { WindowState } from './aggregate/window';
import type { GenericState } from './generic/deviation';
import type { UseRecord } from './fatigue/use-record';
import type { SpreaderHealth } from './health/assess-health';
import type { Step } from './limits/limit';
import type { MoveState } from './moves/move-state';
import type { FlatState } from './quality/flat';
import type { ImplausibleState } from './quality/implausible';
import type { ArrivalBook } from './quality/missing';
import type { RuleRuns } from './rule-studio/run-rules';
import type { SeenRanges } from './streams';
import type { TrackState } from './tracks/track';
import type { WatchState } from './watch/feed-watch';

/** Where a failure mode of a component stands; kept once it has ever been out of order. */
export interface ModeState {
  failureMode: string;
  component: string;
  step: Step;
  severity: number;
  /** Findings opened so far; the last one is open while `open`. */
  findings: number;
  open: boolean;
  firstSeenAt: number;
  /** When the last finding was closed, ms of data time; absent before, and while it is open. */
  closedAt?: number;
  /** How often the last finding was opened again, why and when the last time; absent = never. */
  reopened?: { times: number; because: 'came_back' | 'repair_not_proved'; at: number };
  /** A repair that people reported of the open finding: when, completed moves since, whether a part was exchanged. */
  repair?: { at: number; moves: number; exchanged?: boolean };
  /** Time of the last such report that was noted. */
  repairNotedAt?: number;
  /** What was last said about the open finding, the revision of its stream, and when its remaining life is looked at again. */
  said: { at: number; severity: number; confidence: number; revision: number; again?: number };
}

/**
 * All that the analysis remembers of one spreader: JSON-serialisable and bounded (tens of kB), a function of the
 * events read so far. Fields are changed in place by `advance` on a copy.
 */
export interface SpreaderState {
  spreader: string;
  org: string;
  /** Sequence numbers seen, by `btu/stream/boot`. */
  streams: Record<string, SeenRanges>;
  /** Key of the latest frame in the order of data (`frameKey`); absent before the first and where frames are not kept. */
  frontier?: string;
  /** Frames taken, duplicates and late samples dropped. */
  counts: { frames: number; duplicates: number; late: number };
  /** Time of the newest sample, ms; null before the first. */
  dataUntil: number | null;
  /** When the platform last received something from the device, ms. */
  heardAt: number | null;
  /** True when it says (birth) or shows that it makes moves: then only rules judge catalogue signals. */
  makesMoves: boolean;
  /** True when it says that it measures oil temperature: features that need it wait for it. */
  sendsOilTemp: boolean;
  /** Newest value of each signal and its time. */
  latest: Record<string, [number | boolean | string | null, number]>;
  /** Oil temperature by half hour: [half hours since 1970, mean, n]. */
  climate: [number, number, number][];
  /** The move machine, and a second lane for stored frames that are older than what the first has seen. */
  moves: MoveState;
  lateMoves: MoveState | null;
  tracks: Record<string, TrackState>;
  windows: Record<string, WindowState>;
  generic: Record<string, GenericState>;
  /** How sampled signals move; absent in states of before version 2. */
  flat?: Record<string, FlatState>;
  /** Sampled signals with values that cannot be real; absent while there are none. */
  implausible?: Record<string, ImplausibleState>;
  /** When sampled signals arrived; absent before the first. */
  arrivals?: ArrivalBook;
  /** Use since monitoring began; absent before the first move. */
  use?: UseRecord;
  /** Components watched beyond the rules; absent in states of before version 3. */
  watch?: WatchState;
  modes: Record<string, ModeState>;
  /** When everything was judged last, ms of data time; absent before. */
  judgedAt?: number;
  /** Runs of operators' rules; absent while there are none. */
  operatorRules?: RuleRuns;
  /** Signals that the device announced at its last birth. */
  announced?: string[];
  /** Revision of the stream `condition-<spreader>`. */
  conditionRevision: number;
  /** Health as last assessed; and as last published. */
  health: SpreaderHealth | null;
  published: { at: number; level: ConditionLevel; score: number | null; n: number } | null;
}

import type { events } from '@quaywatch/contracts';
import { type DataOf, type MoveRecord } from '@quaywatch/contracts';
import { countProof } from './advice/note-repairs';
import { feedEvent, showsMoves } from './feed-event';
import { feedLive } from './feed-live';
import { assessHealth, type SpreaderHealth } from './health/assess-health';
import { judge, type Statement } from './judge';
import type { Sample } from './moves/parse-signal';
import type { ConditionSettings } from './settings';
import type { SpreaderState } from './state';
import { forgetArrivals, noteArrivals } from './quality/missing';
import { noteFrame } from './streams';
import { lookUp } from './tracks/track-book';
import { feedCourses } from './watch/courses';
import type { WatchReading } from './watch/group';

/** A frame of samples as it is in the log. */
export type Frame = DataOf<typeof events.samplesReceived>;

/** What a frame led to. */
export interface Assessment {
  /** False for a frame that was seen before: it had no effect. */
  readonly accepted: boolean;
  /** Its samples in order of time. */
  readonly samples: readonly Sample[];
  /** Values that windows of samples gave, beside the samples themselves. */
  readonly derived: readonly Sample[];
  readonly moves: readonly MoveRecord[];
  /** What rows of the watched components came to (ISO 13374 block SD). */
  readonly watched: readonly WatchReading[];
  /** Facts to append, in order. */
  readonly statements: readonly Statement[];
  /** Health to publish; null when it has not changed enough. */
  readonly publish: { readonly health: SpreaderHealth; readonly n: number } | null;
}

/** Longest time in which a spreader with live data is not judged, ms of data time. */
const lookAgain = 60_000;

/**
 * The whole evaluation of one spreader as a reducer: a frame comes in; moves, condition changes, advice and health come
 * out. Deterministic, O(1) per sample, bounded memory. Changes `state`: `advance` is the pure form.
 */
export function take(settings: ConditionSettings, state: SpreaderState, frame: Frame): Assessment {
  const fresh = noteFrame(state.streams, `${frame.btu}/${frame.stream}/${frame.boot}`, frame.seq);
  state.heardAt = Math.max(state.heardAt ?? 0, frame.receivedAt);
  if (!fresh) {
    state.counts.duplicates += 1;
    return { accepted: false, samples: [], derived: [], moves: [], watched: [], statements: [], publish: null };
  }
  state.counts.frames += 1;
  const samples = inOrder(frame);
  let moves: readonly MoveRecord[] = [];
  let derived: readonly Sample[] = [];
  const watched: WatchReading[] = [];
  let dirty = false;
  if (frame.stream === 'event') {
    ({ moves, dirty } = feedEvent(settings, state, samples, watched));
    countProof(state, moves);
    dirty = feedCourses(settings, state, frame, watched) || dirty;
  } else if (frame.stream === 'live') {
    ({ dirty, derived } = feedLive(settings, state, samples, watched));
    dirty = noteArrivals(settings, state, frame) || dirty;
  }
  // Nothing that matters happened: it is looked at anew after a while all the same, for what goes out of date.
  if (state.dataUntil !== null && !(state.dataUntil - (state.judgedAt ?? 0) < lookAgain)) dirty = true;
  if (!dirty || state.dataUntil === null)
    return { accepted: true, samples, derived, moves, watched, statements: [], publish: null };
  state.judgedAt = state.dataUntil;
  const at = samples.at(-1)?.at ?? state.dataUntil;
  const { statements, standings } = judge(settings, state, at);
  state.health = assessHealth(settings, standings, completeness(settings, state), state.dataUntil);
  return {
    accepted: true,
    samples,
    derived,
    moves,
    watched,
    statements,
    publish: toPublish(settings, state, state.health),
  };
}

/** The pure form of `take`: leaves `state` as it is and gives the next one. */
export function advance(
  settings: ConditionSettings,
  state: SpreaderState,
  frame: Frame,
): Assessment & { readonly state: SpreaderState } {
  const next = structuredClone(state);
  return { ...take(settings, next, frame), state: next };
}

/** A birth certificate says which signals will come: with twistlock signals among them the asset makes moves. Changes `state`. */
export function takeBirth(state: SpreaderState, signals: readonly { readonly signal: string }[]): void {
  if (signals.some(({ signal }) => signal === 'tl.command' || signal.startsWith('tl['))) showsMoves(state);
  if (signals.some(({ signal }) => signal === 'hyd.oilTemp')) state.sendsOilTemp = true;
  forgetArrivals(
    state,
    signals.map(({ signal }) => signal),
  );
}

/** Samples of a frame in order of time; equal times in the order of the columns. */
function inOrder({ samples: columns }: Frame): Sample[] {
  const samples: Sample[] = [];
  const times = columns[0]?.at ?? [];
  if (columns.every(({ at }) => sameTimes(at, times)) && rises(times)) {
    // As live frames are: row by row it is in order already.
    for (let i = 0; i < times.length; i++)
      for (const { signal, values } of columns)
        samples.push({ signal, at: times[i] as number, value: values[i] ?? null });
    return samples;
  }
  for (const { signal, at, values } of columns) {
    for (let i = 0; i < at.length; i++) samples.push({ signal, at: at[i] as number, value: values[i] ?? null });
  }
  return samples.sort((a, b) => a.at - b.at);
}

const sameTimes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((at, i) => at === b[i]);

/** Strictly: where a time comes twice, the columns take turns by sorting only. */
const rises = (times: readonly number[]): boolean => times.every((at, i) => i === 0 || at > (times[i - 1] as number));

/** Share of the indicators ever observed that can be judged now: learned, and with fresh data. */
function completeness(settings: ConditionSettings, state: SpreaderState): number {
  let all = 0;
  let judged = 0;
  for (const id of Object.keys(state.tracks)) {
    all += 1;
    if (lookUp(settings, state, id)?.judged) judged += 1;
  }
  for (const generic of Object.values(state.generic)) {
    if (state.makesMoves && generic.center === undefined) continue;
    all += 1;
    if (generic.center !== undefined) judged += 1;
  }
  return all === 0 ? 0 : Math.round((judged / all) * 100) / 100;
}

function toPublish(settings: ConditionSettings, state: SpreaderState, health: SpreaderHealth): Assessment['publish'] {
  const { published } = state;
  const changed =
    published === null ||
    health.level !== published.level ||
    (health.score === null) !== (published.score === null) ||
    Math.abs((health.score ?? 0) - (published.score ?? 0)) >= settings.health.publishChange ||
    health.at - published.at >= settings.health.publishAfter;
  if (!changed) return null;
  state.published = { at: health.at, level: health.level, score: health.score, n: (published?.n ?? 0) + 1 };
  return { health, n: state.published.n };
}

import type { MoveRecord } from '@quaywatch/contracts';
import type { Assessment, Frame } from '../assess';
import type { Statement } from '../judge';
import type { SpreaderState } from '../state';
import { wasSeen } from '../streams';
import { copyOfData } from './copy-of-data';
import { reconcile } from './reconcile';

/** A frame that was worked in, and the moves that ended in it. */
export interface KeptFrame {
  readonly key: string;
  readonly frame: Frame;
  moves: readonly MoveRecord[];
}

/** The state after the frame with key `after` and before any later one: a copy of its own, or its JSON. */
export interface Checkpoint {
  readonly after: string;
  readonly at: number;
  readonly state: SpreaderState | string;
}

/** Frames of one spreader in the order of their data, from the oldest checkpoint on. Bounded by `LateSettings`. */
export interface Timeline {
  frames: KeptFrame[];
  checkpoints: Checkpoint[];
}

/** How late data may come and still correct what was said. */
export interface LateSettings {
  /** Data later than this are worked in where they come, ms. */
  readonly horizon: number;
  /** Time between two checkpoints while nothing is late, ms. */
  readonly every: number;
}

/** A frame worked in: what it led to, and what it corrected of earlier results. */
export interface Worked {
  readonly state: SpreaderState;
  readonly assessment: Assessment;
  readonly corrected: Correction | null;
}

/** What late data changed: moves that are other than before or new, those that are not any more, and what is to be said. */
export interface Correction {
  readonly moves: readonly MoveRecord[];
  readonly withdrawn: readonly MoveRecord[];
  readonly statements: readonly Statement[];
}

/** Works one frame into a state: `take`, and what the caller adds to it. */
export type WorkIn = (state: SpreaderState, frame: Frame) => Assessment;

/** A whole number of fixed width, so that texts sort as numbers do. */
const padded = (value: number, width: number): string => String(Math.max(0, Math.round(value))).padStart(width, '0');

/**
 * Key of a frame in the order of its data: by its newest sample, then stream, device, boot and number. It does not
 * depend on when the frame came. Compare by code units.
 */
export function frameKey(frame: Frame): string {
  let at = 0;
  for (const column of frame.samples) for (const time of column.at) if (time > at) at = time;
  return `${padded(at, 15)}.${frame.stream}.${frame.btu}.${padded(frame.boot, 10)}.${padded(frame.seq, 12)}`;
}

/** Time of a key, ms. */
export const timeOfKey = (key: string): number => Number(key.slice(0, 15));

const isLive = (key: string): boolean => key.startsWith('live.', 16);

/** The frame belongs before one that was worked in already, and was not seen: its timeline is needed. */
export const isLate = (state: SpreaderState, frame: Frame): boolean =>
  state.frontier !== undefined &&
  frameKey(frame) < state.frontier &&
  !wasSeen(state.streams, `${frame.btu}/${frame.stream}/${frame.boot}`, frame.seq);

/**
 * Works a frame in where it belongs. In order it is worked into `state` itself. A late one is put in its place: the
 * state goes back to the last checkpoint before it, everything after it is worked in anew, and what then differs from
 * what was said is corrected. So the result is that of the same frames in order, however they came. A frame from before
 * the oldest checkpoint is worked in where it comes. Changes `timeline` and, in order, `state`.
 */
export function workInPlace(
  settings: LateSettings,
  workIn: WorkIn,
  timeline: Timeline,
  state: SpreaderState,
  frame: Frame,
): Worked {
  const key = frameKey(frame);
  const { frontier } = state;
  const seen = wasSeen(state.streams, `${frame.btu}/${frame.stream}/${frame.boot}`, frame.seq);
  if (seen) return { state, assessment: workIn(state, frame), corrected: null };
  if (frontier === undefined || key > frontier) {
    keepCheckpoint(settings, timeline, state, key);
    const assessment = workIn(state, frame);
    state.frontier = key;
    timeline.frames.push({ key, frame, moves: assessment.moves });
    return { state, assessment, corrected: null };
  }
  const checkpoint = timeline.checkpoints.findLast(({ after }) => after < key);
  if (!checkpoint) return { state, assessment: workIn(state, frame), corrected: null };
  return goBack(workIn, timeline, state, frame, key, checkpoint);
}

function goBack(
  workIn: WorkIn,
  timeline: Timeline,
  before: SpreaderState,
  late: Frame,
  key: string,
  checkpoint: Checkpoint,
): Worked {
  const kept = timeline.frames.filter((one) => one.key <= checkpoint.after);
  const anew = timeline.frames.filter((one) => one.key > checkpoint.after);
  const said = new Map(anew.flatMap(({ moves }) => moves.map((record) => [record.move, record] as const)));
  anew.push({ key, frame: late, moves: [] });
  anew.sort((a, b) => (a.key < b.key ? -1 : 1));
  timeline.checkpoints = timeline.checkpoints.filter(({ after }) => after <= checkpoint.after);
  const state =
    typeof checkpoint.state === 'string'
      ? (JSON.parse(checkpoint.state) as SpreaderState)
      : copyOfData(checkpoint.state);
  const statements: Statement[] = [];
  const moves: MoveRecord[] = [];
  let own: Assessment | undefined;
  for (const one of anew) {
    // More of what is late will come in its wake: it goes on from here.
    if (own && timeline.checkpoints.at(-1)?.after !== key && state.frontier === key)
      timeline.checkpoints.push({ after: key, at: timeOfKey(key), state: copyOfData(state) });
    const assessment = workIn(state, one.frame);
    state.frontier = one.key;
    one.moves = assessment.moves;
    statements.push(...assessment.statements);
    moves.push(...assessment.moves);
    if (one.key === key) own = assessment;
  }
  timeline.frames = [...kept, ...anew];
  const now = new Map(moves.map((record) => [record.move, record]));
  const corrections = reconcile(before, state, statements);
  state.heardAt = Math.max(before.heardAt ?? 0, state.heardAt ?? 0);
  state.counts.duplicates = before.counts.duplicates;
  // Said is said: numbers of what was published go on from there.
  state.published = before.published;
  return {
    state,
    assessment: { ...(own as Assessment), moves: [], statements: [], publish: null },
    corrected: {
      moves: [...now.values()].filter((record) => JSON.stringify(record) !== JSON.stringify(said.get(record.move))),
      withdrawn: [...said.values()].filter(({ move }) => !now.has(move)),
      statements: corrections,
    },
  };
}

/**
 * Before data that follow a gap, and from time to time, the state is kept; the older, the fewer of them. Also before a
 * live frame: events whose newest sample is older are often still on their way.
 */
function keepCheckpoint(settings: LateSettings, timeline: Timeline, state: SpreaderState, next: string): void {
  const { frontier } = state;
  if (frontier === undefined) return;
  const at = timeOfKey(frontier);
  const last = timeline.checkpoints.at(-1);
  if (last && last.after === frontier) return;
  if (last) {
    const since = at - last.at;
    const gap = timeOfKey(next) - at > settings.every;
    const overtakes = isLive(next) && !isLive(frontier) && since >= settings.every / 3;
    if (!gap && !overtakes && since < settings.every) return;
  }
  timeline.checkpoints.push({ after: frontier, at, state: copyOfData(state) });
  thin(settings, timeline, timeOfKey(next));
}

/** Of checkpoints in each doubling of age the oldest one stays, and the last one from beyond the horizon. */
function thin({ horizon, every }: LateSettings, timeline: Timeline, now: number): void {
  const { checkpoints } = timeline;
  const stays = checkpoints.filter((one, i) => {
    const next = checkpoints[i + 1];
    if (!next) return true;
    if (now - one.at > horizon) return now - next.at <= horizon;
    const ageClass = (at: number): number => Math.floor(Math.log2(Math.max(1, (now - at) / every)));
    const previous = checkpoints[i - 1];
    return !previous || ageClass(previous.at) !== ageClass(one.at) || now - previous.at > horizon;
  });
  timeline.checkpoints = stays;
  const oldest = stays[0]?.after ?? '';
  if (timeline.frames.length > 0 && (timeline.frames[0] as KeptFrame).key <= oldest)
    timeline.frames = timeline.frames.filter(({ key }) => key > oldest);
}

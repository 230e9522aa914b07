import {
  cellOf,
  conditionDefaults,
  freshState,
  take,
  workInPlace,
  type Frame,
  type KpiCell,
  type Timeline,
} from '@quaywatch/domain/condition';
import { SpreaderSimulator, type SimulatedFault, type SimulatedFrame } from '@quaywatch/domain/simulator';
import { DeviceClock } from '@quaywatch/domain/telemetry';
import type { MoveRecord } from '@quaywatch/contracts';
import { createHash } from 'node:crypto';
import { random } from '../ingest-rig/random';

const hour = 3_600_000;
/** As condition-analysis has it by default. */
const late = { horizon: 8 * hour, every: 5 * 60_000 };
const start = Date.UTC(2026, 10, 21);
/** Time that a frame is under way, ms. */
const latency = 40;

/** What goes wrong on the way of one device. */
export interface Trouble {
  readonly seed: number;
  /** Share of frames that are lost and sent again a minute later, and of those that come twice. */
  readonly resend: number;
  readonly duplicate: number;
  /** Frames change places within this time, ms. */
  readonly shuffle: number;
  /** From when it is off line, ms after the start, and for how long; length 0 = never. */
  readonly offlineAt: number;
  readonly offlineFor: number;
  /** Error of its clock, ms; `1970` = not set since it was switched on. */
  readonly clock: number | '1970';
}

/** Nothing goes wrong. */
export const calm: Trouble = {
  seed: 1,
  resend: 0,
  duplicate: 0,
  shuffle: 0,
  offlineAt: 0,
  offlineFor: 0,
  clock: 0,
};

/** What the analysis came to. */
export interface Outcome {
  /** Figures of each hour, by hours after the start. */
  readonly kpis: Readonly<Record<number, KpiCell>>;
  /** Failure mode, component and level of all cases, in order, and whether they are open at the end. */
  readonly cases: readonly string[];
  readonly moves: number;
  readonly late: number;
  /** Frames that corrected what was said before. */
  readonly corrections: number;
  /** Digest of each part of what is remembered in the end. */
  readonly memory: Readonly<Record<string, string>>;
}

interface Sent {
  readonly frame: SimulatedFrame;
  readonly seq: number;
  readonly sentAt: number;
  readonly historical: boolean;
}

/** When each frame is sent, and whether it was stored before. */
function* sends(frames: readonly SimulatedFrame[], trouble: Trouble): Generator<Sent> {
  const draw = random(trouble.seed);
  const seq = { live: 0, event: 0 };
  const back = start + trouble.offlineAt + trouble.offlineFor;
  let stored = 0;
  for (const frame of frames) {
    const numbered = { frame, seq: ++seq[frame.stream] };
    const gone = frame.at >= start + trouble.offlineAt && frame.at < back;
    // What was stored follows at ten frames a second, oldest first, while what is new is sent in between.
    const due = gone ? back + 1000 + 100 * stored++ : frame.at;
    const sentAt = due + draw() * trouble.shuffle + (draw() < trouble.resend ? 60_000 : 0);
    yield { ...numbered, sentAt, historical: gone };
    if (draw() < trouble.duplicate) yield { ...numbered, sentAt: sentAt + 30_000 * draw(), historical: gone };
  }
}

/** Frames as ingest puts them into the log: in the order of arrival, times corrected by what it knows of the clock. */
export function arrive(frames: readonly SimulatedFrame[], trouble: Trouble): Frame[] {
  const clock = new DeviceClock();
  return [...sends(frames, trouble)]
    .sort((a, b) => a.sentAt - b.sentAt)
    .map(({ frame, seq, sentAt, historical }) => {
      const error = trouble.clock === '1970' ? -start : trouble.clock;
      const times = {
        tsDev: frame.at + error,
        tsSent: (historical ? sentAt : frame.at) + error,
        up: frame.at - start,
        cq: trouble.clock === '1970' ? ('NONE' as const) : ('NTP' as const),
      };
      const receivedAt = (historical ? sentAt : frame.at) + latency;
      if (!historical) clock.observe(times, receivedAt);
      const offset = clock.offsetOf(times) + error;
      return {
        btu: 'BTU-C',
        spreader: 'spr_c',
        stream: frame.stream,
        boot: 1,
        seq,
        receivedAt,
        historical,
        clock: times.cq,
        clockOffset: offset - error,
        samples: Object.entries(frame.signals).map(([signal, { at, values }]) => ({
          signal,
          at: at.map((time) => time + offset),
          values: [...values],
        })),
      };
    });
}

/** What a device does in so many hours. */
export const workOf = (seed: number, hours: number, faults: readonly SimulatedFault[] = []): SimulatedFrame[] => [
  ...new SpreaderSimulator({ seed, startAt: start, faults }).history(start + hours * hour),
];

/** Runs frames through the analysis as it is live, and through the making of figures. */
export function analyse(frames: readonly Frame[], settings = conditionDefaults): Outcome {
  let state = freshState('spr_c', 'org_c');
  const moves = new Map<string, MoveRecord>();
  const cases = new Map<string, string>();
  const timeline: Timeline = { frames: [], checkpoints: [] };
  let corrections = 0;
  for (const frame of frames) {
    const worked = workInPlace(late, (own, next) => take(settings, own, next), timeline, state, frame);
    state = worked.state;
    const { assessment, corrected } = worked;
    if (corrected) corrections += 1;
    for (const move of corrected?.withdrawn ?? []) moves.delete(move.move);
    for (const record of [...assessment.moves, ...(corrected?.moves ?? [])]) moves.set(record.move, record);
    for (const statement of [...assessment.statements, ...(corrected?.statements ?? [])]) {
      if (statement.kind === 'condition-changed') continue;
      if (statement.kind === 'advice-closed' && statement.reason === 'Corrected by data that came late.')
        cases.delete(statement.finding);
      else if (statement.kind === 'advice-closed')
        cases.set(statement.finding, `${cases.get(statement.finding) ?? ''} closed`);
      else {
        const { finding, failureMode, component, level } = statement.advice;
        cases.set(finding, `${failureMode} ${component} ${level}`);
      }
    }
  }
  const hours = new Map<number, MoveRecord[]>();
  for (const record of [...moves.values()].sort((a, b) => a.endedAt - b.endedAt)) {
    const index = Math.floor((record.endedAt - start) / hour);
    hours.set(index, [...(hours.get(index) ?? []), record]);
  }
  return {
    kpis: Object.fromEntries([...hours].map(([index, list]) => [index, cellOf(list)])),
    cases: [...cases.values()].sort(),
    moves: moves.size,
    late: state.counts.late,
    corrections,
    memory: Object.fromEntries(
      (['tracks', 'windows', 'watch', 'use', 'climate', 'moves', 'flat', 'latest'] as const).map((part) => [
        part,
        createHash('sha256').update(JSON.stringify(state[part])).digest('hex'),
      ]),
    ),
  };
}

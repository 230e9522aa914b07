import {
  freshState,
  take,
  takeBirth,
  conditionDefaults,
  type Assessment,
  type Frame,
  type SpreaderState,
} from '../src/index';

/** Values of one move before they become frames; faults change them. */
export interface MovePlan {
  /** Number of the move, and the share of the run that is over, 0..1. */
  readonly i: number;
  readonly share: number;
  readonly noise: () => number;
  lockTime: number[];
  unlockTime: number[];
  pinDelay: number[];
  flipper: number;
  teleTime: number;
  teleCurrent: number;
  loadZero: number;
  /** Corner (0-based) that never shows "locked" in this move, or flickers. */
  missing?: number;
  flicker?: number;
  stuckPin?: number;
}

/** Values of one minute of the power pack. */
export interface MinutePlan {
  readonly share: number;
  /** Minutes since the start of the run. */
  readonly minute: number;
  press: number;
  oil: number;
  ambient: number;
  level: number;
  duty: number;
}

export interface Fault {
  readonly move?: (plan: MovePlan) => void;
  readonly minute?: (plan: MinutePlan) => void;
}

/** A small generator with a seed: mulberry32 and the sum of three uniform numbers as noise of standard deviation 1. */
export function noiseOf(seed: number): () => number {
  let a = seed >>> 0;
  const uniform = (): number => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => 2 * (uniform() + uniform() + uniform() - 1.5);
}

type Row = [signal: string, at: number, value: number | boolean | string | null];

const start = Date.UTC(2026, 10, 21);

/** Frames of a run of `moves` moves over 48 h in the order they would be logged: event and live frames by time. */
export function* framesOf(seed: number, moves: number, fault: Fault = {}, spreader = 'spr_t'): Generator<Frame> {
  const noise = noiseOf(seed);
  const gap = (48 * 3_600_000) / moves;
  let eventSeq = 0;
  let liveSeq = 0;
  let liveAt = start;
  for (let i = 0; i < moves; i++) {
    const share = i / moves;
    const at = start + i * gap;
    while (liveAt < at) {
      yield frame(spreader, 'live', ++liveSeq, minutesFrame(liveAt, share, noise, fault));
      if (liveSeq % 6 === 0) {
        const plan = minutePlan(liveAt, share, noise, fault);
        yield frame(spreader, 'event', ++eventSeq, [['hyd.pumpDuty', liveAt, plan.duty]]);
      }
      liveAt += 600_000;
    }
    yield frame(spreader, 'event', ++eventSeq, moveRows(i, share, at, noise, fault));
  }
}

function oilAt(minute: number): number {
  return 42 + 8 * Math.sin((minute / 1440) * 2 * Math.PI);
}

function minutePlan(at: number, share: number, noise: () => number, fault: Fault): MinutePlan {
  const minute = (at - start) / 60_000;
  const ambient = 15 + 5 * Math.sin((minute / 1440) * 2 * Math.PI);
  const plan = {
    share,
    minute,
    press: 102 + 1.5 * noise(),
    oil: oilAt(minute) + noise(),
    ambient,
    level: 82 + 0.4 * noise(),
    duty: 45 + 3 * noise(),
  };
  fault.minute?.(plan);
  return plan;
}

function minutesFrame(at: number, share: number, noise: () => number, fault: Fault): Row[] {
  return Array.from({ length: 10 }, (_, i) => at + i * 60_000).flatMap((t) => {
    const plan = minutePlan(t, share, noise, fault);
    return [
      ['hyd.press', t, plan.press],
      ['env.temp', t, plan.ambient],
      ['hyd.oilTemp', t, plan.oil],
      ['hyd.level', t, plan.level],
      ['sup.24v', t, 25.5 + 0.2 * noise()],
    ] as Row[];
  });
}

function moveRows(i: number, share: number, at: number, noise: () => number, fault: Fault): Row[] {
  const cold = 1 + (45 - minutePlan(at, share, () => 0, fault).oil) * 0.008;
  const plan: MovePlan = {
    i,
    share,
    noise,
    lockTime: [0, 1, 2, 3].map((n) => (1150 + 40 * n) * cold * (1 + 0.05 * noise())),
    unlockTime: [0, 1, 2, 3].map((n) => (1050 + 30 * n) * cold * (1 + 0.05 * noise())),
    pinDelay: [0, 1, 2, 3].map(() => 150 + 120 * Math.abs(noise())),
    flipper: 4 * cold * (1 + 0.05 * noise()),
    teleTime: 27 * cold * (1 + 0.02 * noise()),
    teleCurrent: 20 * cold * (1 + 0.03 * noise()),
    loadZero: 0.05 * noise(),
  };
  fault.move?.(plan);
  const rows: Row[] = [];
  if (i === 0) rows.push(['mode', at, 'manual'], ['twin.mode', at, false]);
  let t = at + 5_000;
  if (i % 6 === 0) {
    rows.push(['tele.time', t, plan.teleTime], ['tele.current', t, plan.teleCurrent]);
  }
  rows.push(['len.pos', t, '40']);
  for (let n = 1; n <= 4; n++)
    rows.push([`flp[${n}].time`, t, n === 2 ? plan.flipper : 4.1 * cold * (1 + 0.05 * noise())]);
  t += 10_000;
  const land = (): void => {
    const times = plan.pinDelay.map((delay) => t + delay);
    times.forEach((time, n) => n !== plan.stuckPin && rows.push([`lp[${n + 1}].seated`, time, true]));
    t = Math.max(...times) + 200;
    rows.push(['landed', t, true]);
  };
  const leave = (): void => {
    t += 1_000;
    for (let n = 0; n < 4; n++) if (n !== plan.stuckPin) rows.push([`lp[${n + 1}].seated`, t, false]);
    rows.push(['landed', t, false]);
  };
  land();
  t += 800;
  rows.push(['tl.command', t, 'lock']);
  plan.lockTime.forEach((time, n) => {
    rows.push([`tl[${n + 1}].unlocked`, t + 100, false]);
    if (n === plan.missing) return;
    rows.push([`tl[${n + 1}].locked`, t + time, true]);
    if (n === plan.flicker)
      for (let k = 1; k <= 3; k++)
        rows.push(
          [`tl[${n + 1}].locked`, t + time + k * 200 - 100, false],
          [`tl[${n + 1}].locked`, t + time + k * 200, true],
        );
  });
  t += Math.max(...plan.lockTime) + 700;
  leave();
  t += 4_000;
  rows.push(['load.total', t, 20 + 5 * noise()]);
  t += 40_000;
  land();
  rows.push(['tl.command', t + 500, 'unlock']);
  plan.unlockTime.forEach((time, n) =>
    rows.push([`tl[${n + 1}].locked`, t + 600, false], [`tl[${n + 1}].unlocked`, t + 500 + time, true]),
  );
  t += Math.max(...plan.unlockTime) + 700;
  leave();
  rows.push(['load.zero', t + 3_000, plan.loadZero]);
  return rows;
}

/** A frame from rows. */
export function frame(
  spreader: string,
  stream: Frame['stream'],
  seq: number,
  rows: readonly Row[],
  btu = 'BTU-T',
): Frame {
  const columns = new Map<string, Frame['samples'][number]>();
  for (const [signal, at, value] of rows) {
    const column = columns.get(signal) ?? { signal, at: [], values: [] };
    columns.set(signal, column);
    column.at.push(Math.round(at));
    column.values.push(value);
  }
  return {
    btu,
    spreader,
    stream,
    boot: 1,
    seq,
    receivedAt: start + 49 * 3_600_000,
    historical: true,
    clock: 'NTP',
    clockOffset: 0,
    samples: [...columns.values()],
  };
}

/** Runs frames through the evaluation. */
export function run(
  frames: Iterable<Frame>,
  spreader = 'spr_t',
  birth = spreader === 'spr_t',
): { state: SpreaderState; out: Assessment[] } {
  const state = freshState(spreader, 'org_t');
  const out: Assessment[] = [];
  if (birth) takeBirth(state, [{ signal: 'tl[1].locked' }, { signal: 'hyd.oilTemp' }]);
  for (const next of frames) out.push(take(conditionDefaults, state, next));
  return { state, out };
}

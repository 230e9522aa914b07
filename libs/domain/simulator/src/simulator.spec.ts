import { describe, expect, it } from '@jest/globals';
import { SpreaderSimulator, type SimulatedFault, type SimulatedFrame, type SimulatedMode } from './index';

const start = Date.UTC(2026, 10, 21);
const minute = 60_000;
const hour = 60 * minute;

const simulator = (seed: number, faults: readonly SimulatedFault[] = []): SpreaderSimulator =>
  new SpreaderSimulator({ seed, startAt: start, faults });

/** Frames of the first `hours`, asked for in steps of `step` ms. */
function inSteps(how: 'history' | 'live', seed: number, length: number, step: number): SimulatedFrame[] {
  const run = simulator(seed, [fault('FM-01', 2), fault('FM-04', 3)]);
  const frames: SimulatedFrame[] = [];
  for (let until = start; until < start + length;) {
    until = Math.min(start + length, until + step);
    frames.push(...run[how](until));
  }
  return frames;
}

/** A fault that is there in full from the start. */
function fault(mode: SimulatedMode, position: number): SimulatedFault {
  return { mode, position, onsetAt: start - 2 * hour, fullAt: start - hour, shape: 'step' };
}

/** All values of a signal, in order of time. */
function values(frames: readonly SimulatedFrame[], signal: string): unknown[] {
  return frames.flatMap((frame) => frame.signals[signal]?.values ?? []);
}

/** Time in ms from each command `lock` or `unlock` to the confirmation of a corner within the same move. */
function times(frames: readonly SimulatedFrame[], command: 'lock' | 'unlock', corner: number): number[] {
  return frames.flatMap(({ signals }) => {
    const commands = signals['tl.command'];
    const confirmed = signals[`tl[${corner}].${command}ed`];
    const from = commands?.at[commands.values.indexOf(command)];
    if (from === undefined || !confirmed) return [];
    const done = confirmed.at.find((at, i) => at > from && at < from + 10_000 && confirmed.values[i] === true);
    return done === undefined ? [] : [done - from];
  });
}

/** Time in ms from the seating of pin 1 to that of another pin in the same landing. */
function pinDelays(frames: readonly SimulatedFrame[], pin: number): number[] {
  return frames.flatMap(({ signals }) => {
    const seated = [1, 2, 3, 4].map((n) => {
      const column = signals[`lp[${n}].seated`];
      return column?.at.filter((_, i) => column.values[i] === true) ?? [];
    });
    return (seated[pin - 1] ?? []).map((at, i) => at - (seated[0]?.[i] ?? NaN));
  });
}

const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;

/** What a fault may show in: name of the measure and its value over six hours. */
function measures(faults: readonly SimulatedFault[]): Record<string, number> {
  const frames = [...simulator(7, faults).history(start + 6 * hour)];
  const all: Record<string, number> = {};
  const plain = [
    ...['hyd.press', 'hyd.pressIdle', 'hyd.oilTemp', 'hyd.level', 'hyd.pumpDuty', 'pump.current', 'pump.starts'],
    ...['vib.rms', 'sup.volt', 'sup.24v', 'env.temp', 'cab.temp', 'can.err', 'tele.time', 'tele.current'],
    ...['load.zero', 'load.total', 'load.dyn', 'load.ecc.L', 'energy', 'landing.peakG', 'side.peakG'],
  ];
  for (const signal of plain) all[signal] = mean(values(frames, signal) as number[]);
  for (const n of [1, 2, 3, 4]) {
    all[`lock ${n}`] = mean(times(frames, 'lock', n));
    all[`unlock ${n}`] = mean(times(frames, 'unlock', n));
    all[`missed ${n}`] = simulatedMoves(frames) - times(frames, 'lock', n).length;
    all[`pin ${n}`] = mean(pinDelays(frames, n));
    all[`flipper ${n}`] = mean(values(frames, `flp[${n}].time`) as number[]);
    all[`load ${n}`] = mean(values(frames, `tl[${n}].load`) as number[]);
  }
  expect(Object.entries(all).filter(([, value]) => !Number.isFinite(value))).toEqual([]);
  return all;
}

const simulatedMoves = (frames: readonly SimulatedFrame[]): number =>
  frames.filter(({ signals }) => signals['tl.command']).length;

/** Measures that differ from the healthy twin by more than a thousandth, or half a ms where samples have whole ms. */
function moved(faulty: Record<string, number>, healthy: Record<string, number>): string[] {
  return Object.entries(healthy)
    .filter(([name, value]) => {
      const least = /^(lock|unlock|pin) \d$/.test(name) ? 0.5 : 0.001;
      return Math.abs((faulty[name] ?? NaN) - value) > Math.max(least, 0.001 * Math.abs(value));
    })
    .map(([name]) => name)
    .sort();
}

describe('steps', () => {
  const whole = inSteps('history', 3, 12 * hour, 12 * hour);

  it.each([hour, 17 * minute + 1, 7_777])('gives the same history in steps of %i ms as in one go', (step) => {
    expect(whole.length).toBeGreaterThan(300);
    expect(inSteps('history', 3, 12 * hour, step)).toEqual(whole);
  });

  it.each([1000, 3_333, 61_001])('gives the same live frames in steps of %i ms as in one go', (step) => {
    expect(inSteps('live', 3, hour, step)).toEqual(inSteps('live', 3, hour, hour));
  });

  it('gives other frames for another seed', () => {
    expect(inSteps('history', 4, hour, hour)).not.toEqual(inSteps('history', 3, hour, hour));
  });

  it('gives frames in the order of their times, with no sample later than the frame', () => {
    const times = whole.filter(({ stream }) => stream === 'event').map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const frame of whole)
      for (const { at } of Object.values(frame.signals)) expect(Math.max(...at)).toBeLessThanOrEqual(frame.at);
  });
});

describe('a healthy spreader', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of seed %i locks and unlocks in 0.9 to 1.8 s at each corner', (seed) => {
    const frames = [...simulator(seed).history(start + 48 * hour)];
    for (const corner of [1, 2, 3, 4]) {
      const locked = times(frames, 'lock', corner);
      expect(locked).toHaveLength(simulatedMoves(frames));
      expect(Math.min(...locked)).toBeGreaterThan(900);
      expect(Math.max(...locked)).toBeLessThan(1800);
      expect(Math.max(...times(frames, 'unlock', corner))).toBeLessThan(1800);
    }
  });
});

describe('a fault beside its healthy twin', () => {
  const healthy = measures([]);

  /** What each fault moves, and whether up (1) or down (-1). */
  const effects: readonly [SimulatedMode, number, Record<string, 1 | -1>][] = [
    ['FM-01', 3, { 'missed 3': 1 }],
    ['FM-02', 2, { 'lock 2': 1 }],
    ['FM-04', 1, { 'lock 1': 1, 'unlock 1': 1 }],
    ['FM-07', 4, { 'pin 4': 1 }],
    ['FM-10', 1, { 'tele.time': 1, 'tele.current': 1 }],
    ['FM-18', 1, { 'hyd.level': -1, 'hyd.pumpDuty': 1 }],
    ['FM-23', 3, { 'flipper 3': 1 }],
    ['FM-24', 1, { 'load.zero': 1 }],
  ];

  it.each(effects)('%s at %i moves its own signals and no others', (mode, position, effect) => {
    const faulty = measures([fault(mode, position)]);
    // A missed confirmation leaves fewer lock times to take the mean of.
    const by = mode === 'FM-01' ? ['lock 3'] : [];
    expect(moved(faulty, healthy).filter((name) => !by.includes(name))).toEqual(Object.keys(effect).sort());
    for (const [name, sign] of Object.entries(effect))
      expect(Math.sign((faulty[name] ?? 0) - (healthy[name] ?? 0))).toBe(sign);
  });

  /** Warmer oil is thinner: whatever is moved by oil moves a little faster. */
  const byOil = (name: string): boolean => /^(lock|unlock|flipper) \d$|^tele\./.test(name);

  it('FM-20 heats the oil, which makes movements faster, and leaves the pressure', () => {
    const faulty = measures([fault('FM-20', 1)]);
    expect((faulty['hyd.oilTemp'] ?? 0) - (healthy['hyd.oilTemp'] ?? 0)).toBeGreaterThan(10);
    const others = moved(faulty, healthy).filter((name) => name !== 'hyd.oilTemp');
    expect(others.filter((name) => !byOil(name))).toEqual([]);
    for (const name of others) expect(faulty[name]).toBeLessThan(healthy[name] ?? 0);
    expect(faulty['hyd.press']).toBe(healthy['hyd.press']);
  });

  it('FM-15 lowers the pressure and shows in pump and oil, and beyond them in movements only', () => {
    const faulty = measures([fault('FM-15', 1)]);
    const own = ['hyd.oilTemp', 'hyd.press', 'hyd.pumpDuty', 'pump.current', 'vib.rms'];
    expect(moved(faulty, healthy).filter((name) => !byOil(name))).toEqual(own);
    expect(faulty['hyd.press']).toBeLessThan(0.9 * (healthy['hyd.press'] ?? 0));
    for (const name of own.filter((one) => one !== 'hyd.press'))
      expect(faulty[name]).toBeGreaterThan(healthy[name] ?? 0);
  });
});

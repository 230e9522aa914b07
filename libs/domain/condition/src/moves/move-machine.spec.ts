import { describe, expect, it } from '@jest/globals';
import { conditionDefaults } from '../defaults';
import type { FinishedMove } from './close-move';
import { endOfFrame, stepMove, type MoveEvents } from './move-machine';
import { freshMoveState } from './move-state';
import type { Sample } from './parse-signal';

type Step = [at: number, signal: string, value: Sample['value']];

const all = (at: number, signal: string, value: boolean, count = 4): Step[] =>
  Array.from({ length: count }, (_, i) => [at + i * 50, signal.replace('n', String(i + 1)), value] as Step);

const land = (at: number, count = 4): Step[] => [...all(at, 'lp[n].seated', true, count), [at + 500, 'landed', true]];
const leave = (at: number, count = 4): Step[] => [...all(at, 'lp[n].seated', false, count), [at, 'landed', false]];
const lock = (at: number, count = 4): Step[] => [
  [at, 'tl.command', 'lock'],
  ...all(at + 100, 'tl[n].unlocked', false, count),
  ...all(at + 1200, 'tl[n].locked', true, count),
];
const unlock = (at: number, count = 4): Step[] => [
  [at, 'tl.command', 'unlock'],
  ...all(at + 100, 'tl[n].locked', false, count),
  ...all(at + 1100, 'tl[n].unlocked', true, count),
];
const cycle = (at: number, count = 4): Step[] => [
  ...land(at, count),
  ...lock(at + 1000, count),
  ...leave(at + 4000, count),
  [at + 8000, 'load.total', 20],
  ...land(at + 40_000, count),
  ...unlock(at + 41_000, count),
  ...leave(at + 45_000, count),
  [at + 47_000, 'load.zero', 0.1],
];

function play(...frames: Step[][]): FinishedMove[] {
  const state = freshMoveState();
  const out: MoveEvents = { moves: [], landings: [] };
  for (const steps of frames) {
    for (const [at, signal, value] of [...steps].sort((a, b) => a[0] - b[0]))
      stepMove(conditionDefaults.moves, state, { at, signal, value }, out);
    endOfFrame(conditionDefaults.moves, state, out);
  }
  return out.moves;
}

describe('the move machine', () => {
  it('makes a move of a cycle, release to release, with lock times by corner', () => {
    const [move, ...rest] = play([[0, 'len.pos', '40'], ...cycle(1000)]);
    expect(rest).toEqual([]);
    expect(move?.record).toMatchObject({
      startedAt: 0,
      lockedAt: 3350,
      endedAt: 46_000,
      class: 'single40',
      result: 'completed',
      boxes: 1,
      teu: 2,
      load: 20,
    });
    expect(move?.record.features).toMatchObject({
      'tl[1].lockTime': 1200,
      'tl[4].lockTime': 1350,
      'tl[2].unlockTime': 1150,
      'tl.spread': 150,
      'tl.retries': 0,
      'lp.skew': 150,
      'landing.count': 1,
      'load.zero': 0.1,
      'dwell.toLock': 0.5,
      'dwell.lock': 1.35,
      'dwell.carry': 36.5,
      'dwell.toRelease': 1.75,
    });
    expect(move?.sensorFaults).toEqual([]);
    expect(move?.stuckPins).toEqual([]);
  });

  it('starts the next move where the last one ended', () => {
    const moves = play(cycle(0), cycle(100_000));
    expect(moves.map(({ record }) => record.startedAt)).toEqual([0, 45_000]);
  });

  it('needs all eight twistlocks with the twin boxes down', () => {
    const [move] = play([[0, 'twin.mode', true], [0, 'len.pos', '20'], ...cycle(1000, 8)]);
    expect(move?.record).toMatchObject({ class: 'twin2x20', boxes: 2, teu: 2, result: 'completed' });
    const onlyOuter = play([[0, 'twin.mode', true], [0, 'len.pos', '20'], ...land(1000, 8), ...lock(2000, 4)]);
    expect(onlyOuter).toEqual([]);
  });

  it('calls a lock without a lift aborted, and a lift of nothing an empty cycle', () => {
    const [aborted] = play([[0, 'len.pos', '40'], ...land(1000), ...lock(2000), ...unlock(6000), ...leave(9000)]);
    expect(aborted?.record).toMatchObject({ result: 'aborted', boxes: 0, teu: 0 });
    const [empty] = play([
      ...cycle(1000).map(([at, signal, value]): Step => [at, signal, signal === 'load.total' ? 0.2 : value]),
    ]);
    expect(empty?.record).toMatchObject({ class: 'empty_cycle', boxes: 0, result: 'completed' });
  });

  it('closes a move whose release was lost as incomplete', () => {
    const moves = play([...land(0), ...lock(1000), ...leave(4000)], cycle(100_000));
    expect(moves.map(({ record }) => record.result)).toEqual(['incomplete', 'completed']);
  });

  it('counts landings and repeated commands', () => {
    const [move] = play([
      ...land(0),
      [800, 'tl.command', 'lock'],
      ...leave(2000),
      ...land(5000),
      ...lock(6000),
      ...leave(9000),
      ...land(40_000),
      ...unlock(41_000),
      ...leave(45_000),
    ]);
    expect(move?.record.features).toMatchObject({ 'landing.count': 2, 'tl.retries': 1 });
  });

  it('blames the sensor of a corner that never shows locked, flickers or contradicts itself', () => {
    const without = cycle(1000).filter(([, signal, value]) => !(signal === 'tl[3].locked' && value === true));
    expect(play(without)[0]?.sensorFaults).toEqual([3]);
    const flicker = [
      ...cycle(1000),
      ...[0, 1, 2, 3, 4, 5].map((i): Step => [12_000 + i * 100, 'tl[2].locked', i % 2 === 1]),
    ];
    expect(play(flicker)[0]?.sensorFaults).toEqual([2]);
    const both = [...cycle(1000), [12_000, 'tl[4].unlocked', true] as Step, [12_500, 'tl[4].unlocked', false] as Step];
    expect(play(both)[0]?.sensorFaults).toEqual([4]);
  });

  it('tells a twistlock that creeps open from a sensor that flickers', () => {
    const [move] = play([...cycle(1000), [20_000, 'tl[2].locked', false]]);
    expect(move).toMatchObject({ creeps: [2], sensorFaults: [] });
  });

  it('sees a pin that stays in', () => {
    const stuck = cycle(1000).filter(([, signal, value]) => !(signal === 'lp[2].seated' && value === false));
    const moves = play(
      stuck,
      stuck.map(([at, signal, value]) => [at + 100_000, signal, value]),
    );
    expect(moves.map(({ stuckPins }) => stuckPins)).toEqual([[2], [2]]);
  });
});

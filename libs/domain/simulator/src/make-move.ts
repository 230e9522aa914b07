import type { Instant } from '@quaywatch/kernel';
import type { Machine } from './machine';
import { Noise, seedOf } from './noise';

/** A sample: signal, time in ms UTC, value in the catalogue's unit. */
export type Row = readonly [signal: string, at: number, value: number | boolean | string | null];

/** What a move is to be. */
export interface MovePlan {
  readonly startAt: Instant;
  readonly first: boolean;
  readonly from: '20' | '40';
  readonly to: '20' | '40';
}

const corners = [1, 2, 3, 4] as const;

/** All samples of one move (release to release, domain.md 2.4) in order of what happens, with the faults' effects. */
export function makeMove(machine: Machine, noise: Noise, plan: MovePlan): { rows: Row[]; endAt: Instant } {
  const { individual } = machine;
  const rows: Row[] = [];
  const { oil } = machine.hydraulics(plan.startAt);
  const slow = machine.slowness(plan.startAt, oil);
  let t = plan.startAt;

  if (plan.first) {
    rows.push(['mode', t, 'manual'], ['twin.mode', t, false], ['len.pos', t, plan.from]);
    for (const n of corners)
      rows.push([`tl[${n}].locked`, t, false], [`tl[${n}].unlocked`, t, true], [`lp[${n}].seated`, t, false]);
    rows.push(['landed', t, false]);
  }
  if (plan.from !== plan.to || plan.first) {
    const worn = machine.wear('FM-10', t);
    const time = individual.teleTime * slow * (1 + 0.35 * worn) * (1 + 0.02 * noise.normal());
    rows.push(['len.pos', t, 'between'], ['len.pos', t + 1000 * time, plan.to]);
    rows.push(['tele.time', t + 1000 * time, time]);
    rows.push([
      'tele.current',
      t + 1000 * time,
      individual.teleCurrent * slow * (1 + 0.4 * worn) * (1 + 0.03 * noise.normal()),
    ]);
    t += 1000 * time;
  }
  flippers(machine, noise, rows, t, slow);
  t += 5000;

  const grasped = land(machine, noise, rows, t);
  rows.push(
    ['landing.peakG', grasped, 0.8 + 0.5 * Math.sqrt(-2 * Math.log(1 - noise.uniform()))],
    ['side.peakG', grasped, 0.2 + 0.1 * Math.abs(noise.normal())],
  );
  t = lock(machine, noise, rows, grasped + 700, slow) + 600;
  leave(rows, machine, noise, t);

  t += 4000;
  const container = noise.chance(0.3)
    ? plan.to === '20'
      ? 2.3
      : 3.8
    : Math.max(3, (plan.to === '20' ? 14 : 18) + (plan.to === '20' ? 5 : 6) * noise.normal());
  const load = Math.min(40, container);
  rows.push(['load.total', t, load], ['load.dyn', t, 1.08 + 0.04 * Math.abs(noise.normal())]);
  rows.push(['load.ecc.L', t, 2.5 * Math.abs(noise.normal())], ['load.ecc.W', t, 1.5 * Math.abs(noise.normal())]);
  for (const n of corners) rows.push([`tl[${n}].load`, t, (load / 4) * (1 + 0.04 * noise.normal())]);
  creep(machine, noise, rows, t + 3000);

  t += noise.between(28_000, 40_000);
  const set = land(machine, noise, rows, t);
  t = unlock(machine, noise, rows, set + 500, slow) + 700;
  leave(rows, machine, noise, t);
  t += 2000;
  rows.push(['load.zero', t, individual.loadZero + 0.9 * machine.wear('FM-24', t) + 0.05 * noise.normal()]);
  rows.push(['energy', t, 0.035 + 0.0006 * load + 0.002 * noise.normal()]);
  return { rows, endAt: t };
}

function flippers(machine: Machine, noise: Noise, rows: Row[], t: number, slow: number): void {
  for (const n of corners) {
    const time =
      (machine.individual.flipper[n - 1] ?? 4) *
      slow *
      (1 + 0.9 * machine.wear('FM-23', t, n)) *
      (1 + 0.04 * noise.normal());
    rows.push([`flp[${n}].time`, t + 4500, time]);
  }
}

/** The landing pins come to sit one after the other; returns when the last one does. */
function land(machine: Machine, noise: Noise, rows: Row[], t: number): number {
  let last = t;
  for (const n of corners) {
    const worn = machine.wear('FM-07', t, n);
    const at = t + (machine.individual.pinDelay[n - 1] ?? 150) + 100 * Math.abs(noise.normal()) + 1200 * worn;
    last = Math.max(last, at);
    rows.push([`lp[${n}].seated`, at, true]);
  }
  rows.push(['landed', last + 200, true]);
  return last + 200;
}

function leave(rows: Row[], machine: Machine, noise: Noise, t: number): void {
  for (const n of corners) rows.push([`lp[${n}].seated`, t + 50 * noise.uniform(), false]);
  rows.push(['landed', t, false]);
}

function lock(machine: Machine, noise: Noise, rows: Row[], t: number, slow: number): number {
  let last = t;
  rows.push(['tl.command', t, 'lock']);
  for (const n of corners) {
    const worn = 0.6 * machine.wear('FM-02', t, n) + 0.6 * machine.wear('FM-04', t, n);
    const at = t + (machine.individual.lockTime[n - 1] ?? 1200) * slow * (1 + worn) * (1 + 0.04 * noise.normal());
    const sensor = machine.wear('FM-01', t, n);
    last = Math.max(last, at);
    rows.push([`tl[${n}].unlocked`, t + 150, false]);
    // Chance of its own: the fault must not shift all that is drawn after it.
    const whim = new Noise(seedOf('sensor', n, Math.round(at)));
    if (whim.chance(0.15 * sensor)) continue;
    rows.push([`tl[${n}].locked`, at, true]);
    if (whim.chance(0.1 * sensor)) {
      for (let k = 1; k <= 3; k++)
        rows.push([`tl[${n}].locked`, at + 200 * k - 100, false], [`tl[${n}].locked`, at + 200 * k, true]);
    }
  }
  return last;
}

/** A leaking actuator lets its twistlock creep out of "locked" under way, now and then. */
function creep(machine: Machine, noise: Noise, rows: Row[], t: number): void {
  for (const n of corners) {
    if (!noise.chance(0.06 * Math.max(0, machine.wear('FM-04', t, n) - 0.6))) continue;
    rows.push([`tl[${n}].locked`, t, false]);
  }
}

function unlock(machine: Machine, noise: Noise, rows: Row[], t: number, slow: number): number {
  let last = t;
  rows.push(['tl.command', t, 'unlock']);
  for (const n of corners) {
    const worn = 0.5 * machine.wear('FM-04', t, n);
    const at = t + (machine.individual.unlockTime[n - 1] ?? 1100) * slow * (1 + worn) * (1 + 0.04 * noise.normal());
    last = Math.max(last, at);
    rows.push([`tl[${n}].locked`, t + 120, false], [`tl[${n}].unlocked`, at, true]);
  }
  return last;
}

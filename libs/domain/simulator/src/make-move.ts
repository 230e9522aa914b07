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
    rows.push(['landed', t, false], ['hyd.filter', t, false], ['snag', t, false], ['bypass', t, false]);
    rows.push(['twin.det', t, 'one'], ['node[1].alive', t, true]);
  }
  const whim = machine.whim('move', plan.startAt);
  use(machine, whim, rows, t, oil);
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
    arrive(machine, whim, rows, t, plan.to);
  }
  flippers(machine, noise, rows, t, slow);
  t += 5000;

  const grasped = land(machine, noise, rows, t);
  const peak = 0.8 + 0.5 * Math.sqrt(-2 * Math.log(1 - noise.uniform()));
  const side = (0.2 + 0.1 * Math.abs(noise.normal())) * (1 + 1.2 * machine.wear('FM-13', t));
  const hard = whim.chance(0.2 * machine.wear('FM-31', t)) ? 3.6 : 0;
  rows.push(['landing.peakG', grasped, peak + hard], ['side.peakG', grasped, side]);
  rows.push([
    'len.mm',
    grasped + 200,
    (lengths[plan.to] as number) + (0.8 + 5 * machine.wear('FM-13', t)) * whim.normal(),
  ]);
  const between = whim.chance(0.25 * machine.wear('FM-12', t));
  if (between) rows.push(['len.pos', grasped + 300, 'between']);
  const blocked = whim.chance(0.15 * machine.wear('FM-08', t));
  // Commanded without a movement, and again.
  if (blocked) rows.push(['tl.command', grasped + 700, 'lock']);
  t = lock(machine, noise, rows, grasped + 700 + (blocked ? 3000 : 0), slow) + 600;
  if (between) rows.push(['len.pos', t - 300, plan.to]);
  leave(rows, machine, noise, t);

  t += 4000;
  const container = noise.chance(0.3)
    ? plan.to === '20'
      ? 2.3
      : 3.8
    : Math.max(3, (plan.to === '20' ? 14 : 18) + (plan.to === '20' ? 5 : 6) * noise.normal());
  const over = machine.wear('FM-32', t);
  const load = whim.chance(0.1 * over) ? 47 : Math.min(40, container);
  if (whim.chance(0.05 * over)) rows.push(['snag', t - 1000, true], ['snag', t - 500, false]);
  const two = plan.to === '40' && whim.chance(0.15 * machine.wear('FM-09', t));
  rows.push(['twin.det', t - 3000, two ? 'two' : 'one']);
  rows.push(['load.total', t, load], ['load.dyn', t, 1.08 + 0.04 * Math.abs(noise.normal())]);
  rows.push(['load.ecc.L', t, 2.5 * Math.abs(noise.normal())], ['load.ecc.W', t, 1.5 * Math.abs(noise.normal())]);
  const bent = 0.08 * machine.wear('FM-14', t);
  for (const n of corners) {
    const share = (n <= 2 ? 1 - bent : 1 + bent) * (whim.chance(0.4 * machine.wear('FM-06', t, n)) ? 0.05 : 1);
    rows.push([`tl[${n}].load`, t, (load / 4) * share * (1 + 0.04 * noise.normal())]);
  }
  const play = machine.wear('FM-13', t);
  rows.push(['tele.drift', t + 5000, 0.8 + 6 * play + 3 * machine.wear('FM-11', t) + 0.5 * whim.normal()]);
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

/** Millimetres between twistlock centres at a length. */
const lengths: Readonly<Record<string, number>> = { '20': 5852, '40': 11_984 };

/** How the machine is used in this move, the clogging switch, and what electric drive and brake show. */
function use(machine: Machine, whim: Noise, rows: Row[], t: number, oil: number): void {
  const { individual } = machine;
  const bypassed = whim.chance(0.2 * machine.wear('FM-33', t));
  if (bypassed) rows.push(['bypass', t + 100, true], ['bypass', t + 90_000, false]);
  if (machine.wear('FM-19', t) > 0.4 && oil > 25) rows.push(['hyd.filter', t + 100, true]);
  const drag = machine.wear('FM-30', t);
  rows.push(['eld[1].current', t + 200, individual.driveCurrent * (1 + 0.4 * drag) * (1 + 0.03 * whim.normal())]);
  rows.push(['brk.time', t + 200, individual.brake * (1 + 0.5 * drag) * (1 + 0.03 * whim.normal())]);
}

/** The telescope arrives at a length: overshoot first, then the length it stays at. */
function arrive(machine: Machine, whim: Noise, rows: Row[], t: number, to: string): void {
  const nominal = lengths[to] as number;
  const overshoot = Math.abs(2 + whim.normal()) + 12 * machine.wear('FM-11', t);
  const play = 0.8 + 5 * machine.wear('FM-13', t);
  rows.push(['len.mm', t + 300, nominal + overshoot], ['len.mm', t + 3000, nominal + play * whim.normal()]);
}

function flippers(machine: Machine, noise: Noise, rows: Row[], t: number, slow: number): void {
  const sticks = machine.whim('valve', t).chance(0.3 * machine.wear('FM-16', t));
  for (const n of corners) {
    const time =
      (machine.individual.flipper[n - 1] ?? 4) *
      slow *
      (sticks ? 1.9 : 1) *
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
  const all = 1 + 0.45 * machine.wear('FM-03', t);
  for (const n of corners) {
    const worn = 0.6 * machine.wear('FM-02', t, n) + 0.6 * machine.wear('FM-04', t, n);
    const at = t + (machine.individual.lockTime[n - 1] ?? 1200) * slow * all * (1 + worn) * (1 + 0.04 * noise.normal());
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
  const all = 1 + 0.4 * machine.wear('FM-03', t);
  for (const n of corners) {
    const worn = 0.5 * machine.wear('FM-04', t, n);
    const at =
      t + (machine.individual.unlockTime[n - 1] ?? 1100) * slow * all * (1 + worn) * (1 + 0.04 * noise.normal());
    last = Math.max(last, at);
    rows.push([`tl[${n}].locked`, t + 120, false], [`tl[${n}].unlocked`, at, true]);
  }
  return last;
}

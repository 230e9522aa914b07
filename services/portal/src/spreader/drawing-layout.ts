import type { SpreaderDetail } from '../api/queries';
import type { Place } from './place';

/** A point of the drawing, whose box is 480 × 200. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Corners of a set, clockwise from the reference mark's left. */
const corners = (left: number, right: number): readonly Point[] => [
  { x: left, y: 62 },
  { x: right, y: 62 },
  { x: right, y: 152 },
  { x: left, y: 152 },
];

const outer = corners(52, 428);
const inner = corners(208, 272);
const flippers: readonly Point[] = [
  { x: 26, y: 40 },
  { x: 454, y: 40 },
  { x: 454, y: 174 },
  { x: 26, y: 174 },
  { x: 140, y: 40 },
  { x: 340, y: 40 },
];

/** Twistlocks 1..4 at the ends, 5..8 (twin) in the middle; undefined for a number that is not there. */
export const twistlockAt = (n: number): Point | undefined => (n <= 4 ? outer[n - 1] : inner[n - 5]);

/** Landing pins stand beside their twistlock, towards the middle of the spreader. */
export function pinAt(n: number): Point | undefined {
  const lock = twistlockAt(n);
  return lock && { x: lock.x + (lock.x < 240 ? 20 : -20), y: lock.y };
}

/** Flippers 1..4 at the corners, 5 and 6 on the long side. */
export const flipperAt = (n: number): Point | undefined => flippers[n - 1];

const middles: Readonly<Record<string, Point>> = {
  telescope: { x: 130, y: 107 },
  hydraulics: { x: 196, y: 107 },
  electrics: { x: 284, y: 107 },
  unit: { x: 284, y: 107 },
  load: { x: 240, y: 107 },
  twin: { x: 240, y: 152 },
};

/** Where a component is marked; undefined when it is not on the drawing. */
export function pointOf(place: Place): Point | undefined {
  if (!('n' in place)) return middles[place.kind];
  return place.kind === 'twistlock' ? twistlockAt(place.n) : place.kind === 'pin' ? pinAt(place.n) : flipperAt(place.n);
}

/** How many twistlocks and flippers to draw: what the type has, or more when the data speak of more. */
export function counts(spreader: Pick<SpreaderDetail, 'type' | 'live'>): { twistlocks: number; flippers: number } {
  const most = (kind: RegExp): number =>
    Object.keys(spreader.live).reduce((n, signal) => Math.max(n, Number(kind.exec(signal)?.[1] ?? 0)), 0);
  const twin = spreader.type === 'sts_twin' || most(/^tl\[(\d+)\]/) > 4;
  return { twistlocks: twin ? 8 : 4, flippers: Math.min(6, Math.max(4, most(/^flp\[(\d+)\]/))) };
}

import { findSignal, signalGroup, type SignalGroup } from '@quaywatch/contracts';
import type { Answer } from '../api/request';

/** Everything that is known of a window of time. */
export type Replay = Answer<'getReplay'>;

/** A signal in it. */
export type ReplaySignal = Replay['signals'][number];

/** How a signal is drawn: a line over time, or bands of states. */
export type LaneKind = 'number' | 'state';

/** A signal that the catalogue does not know is a state when it says words, or nothing but 0 and 1. */
export function laneKind(signal: ReplaySignal): LaneKind {
  const known = findSignal(signal.signal);
  if (known) return known.kind === 'number' ? 'number' : 'state';
  if (signal.words) return 'state';
  const values = [...signal.min, ...signal.max].filter((value) => value !== null);
  return signal.unit === '1' && values.length > 0 && values.every((value) => value === 0 || value === 1)
    ? 'state'
    : 'number';
}

/** Some buckets in a row of one state; `changing` = the state changed inside them. */
export interface Segment {
  /** First bucket, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** null = not known. */
  readonly value: number | null;
  readonly changing: boolean;
}

/** A state signal as bands, without breaks: a bucket without a value is a band of null. */
export function segmentsOf(signal: Pick<ReplaySignal, 'mean' | 'min' | 'max'>): Segment[] {
  const segments: Segment[] = [];
  signal.mean.forEach((value, i) => {
    const changing = value !== null && signal.min[i] !== signal.max[i];
    const last = segments.at(-1);
    if (last && last.value === value && last.changing === changing)
      segments[segments.length - 1] = { ...last, to: i + 1 };
    else segments.push({ from: i, to: i + 1, value, changing });
  });
  return segments;
}

/** Bucket of a time; the first and the last one for times outside. */
export function bucketAt(replay: Pick<Replay, 't'>, at: number): number {
  let low = 0;
  let high = replay.t.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((replay.t[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/**
 * The value of a signal in a bucket. A feature of moves holds until the next move has one: the bucket it is from is
 * told; everything else is known only where something was received.
 */
export function valueAt(signal: ReplaySignal, i: number): { readonly value: number; readonly from: number } | null {
  const holds = findSignal(signal.signal)?.rate === 'M';
  for (let at = i; at >= 0; at--) {
    const value = signal.mean[at] ?? null;
    if (value !== null) return { value, from: at };
    if (!holds) return null;
  }
  return null;
}

/** Lowest and highest value of a signal; null when it has none. */
export function extentOf(signal: Pick<ReplaySignal, 'min' | 'max'>): readonly [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of signal.min) if (value !== null) low = Math.min(low, value);
  for (const value of signal.max) if (value !== null) high = Math.max(high, value);
  return low > high ? null : [low, high];
}

/** Signals of one group of the catalogue. */
export interface LaneGroup {
  readonly group: SignalGroup | 'proof' | 'other';
  readonly signals: readonly ReplaySignal[];
}

const collator = new Intl.Collator('en', { numeric: true });

/** The signals in the order of the catalogue's groups; those in `first` (the proof of a finding) stand above all. */
export function laneGroups(signals: readonly ReplaySignal[], first: ReadonlySet<string>): LaneGroup[] {
  const groups = new Map<LaneGroup['group'], ReplaySignal[]>();
  for (const signal of signals) {
    const group = first.has(signal.signal) ? 'proof' : (signalGroup(signal.signal) ?? 'other');
    groups.set(group, [...(groups.get(group) ?? []), signal]);
  }
  const order: readonly LaneGroup['group'][] = [
    'proof',
    'twistlock',
    'landing',
    'load',
    'telescope',
    'twin',
    'flipper',
    'hydraulics',
    'drives',
    'electrics',
    'operation',
    'environment',
    'other',
  ];
  return order.flatMap((group) => {
    const list = groups.get(group);
    return list ? [{ group, signals: list.sort((a, b) => collator.compare(a.signal, b.signal)) }] : [];
  });
}

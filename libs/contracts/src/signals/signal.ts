/** How often a signal is sent: E on change, M once a move, 1 at 1 Hz, H hourly. */
export type SignalRate = 'E' | 'M' | '1' | 'H';

/** A signal of the catalogue; `[n]` in the id stands for a position counted from the spreader's reference mark. */
export interface Signal {
  /** `<subsystem>.<quantity>`, with `[n]` where there are several. */
  readonly id: string;
  readonly doc: string;
  readonly kind: 'number' | 'boolean' | 'enum';
  /** UCUM code; `1` for pure numbers and states. */
  readonly unit: string;
  readonly rate: SignalRate;
  /** Number of positions when the id has `[n]`. */
  readonly positions?: number;
  /** Values that can be real; outside them the sensor is at fault. */
  readonly plausible?: readonly [number, number];
  /** Path in TIC 4.0's flat form, where TIC has the signal. */
  readonly tic40?: string;
}

/** The catalogue id of a concrete signal: `tl[3].locked` → `tl[n].locked`. */
export const signalFamily = (signal: string): string => signal.replace(/\[\d+\]/g, '[n]');

/** The position in a concrete signal: `tl[3].locked` → 3; undefined when it has none. */
export function signalPosition(signal: string): number | undefined {
  const match = /\[(\d+)\]/.exec(signal);
  return match ? Number(match[1]) : undefined;
}

const concrete = new Map<string, string[]>();

/** The concrete signal of a family at a position: (`tl[n].locked`, 3) → `tl[3].locked`. */
export function signalAt(family: string, position: number): string {
  const known = concrete.get(family)?.[position];
  if (known !== undefined) return known;
  const signal = family.replace('[n]', `[${position}]`);
  // Bounded whatever is asked for; the answer depends on the arguments only.
  if (position >= 0 && position < 16 && concrete.size < 1000) {
    const positions = concrete.get(family) ?? [];
    positions[position] = signal;
    concrete.set(family, positions);
  }
  return signal;
}

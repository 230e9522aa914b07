/** A cycle that was counted: its range and mean, in the unit of the load, and 1 or ½. */
export interface LoadCycle {
  readonly range: number;
  readonly mean: number;
  readonly count: 1 | 0.5;
}

/** Turning points that are not counted yet. JSON-serialisable, bounded by `most`. */
export interface RainflowState {
  /** Turning points, oldest first. */
  turns: number[];
  /** Newest value and whether it was reached going up (1), down (−1), or is the first (0). */
  last: number | null;
  direction: -1 | 0 | 1;
}

/** Most turning points kept. A bounded number of them waits only while ranges keep shrinking. */
const most = 64;

/** Nothing seen yet. */
export const freshRainflow = (): RainflowState => ({ turns: [], last: null, direction: 0 });

/**
 * Adds a value; gives the cycles that it completes. Rainflow counting after ASTM E1049-85, 5.4.4, as the values come:
 * the same cycles as on the whole series. Bounded: beyond 64 waiting turning points the oldest range is counted as half
 * a cycle. O(1) on average. Changes `state`.
 */
export function addToRainflow(state: RainflowState, value: number): LoadCycle[] {
  const counted: LoadCycle[] = [];
  const { last } = state;
  if (last === null) {
    state.last = value;
    state.turns.push(value);
    return counted;
  }
  if (value === last) return counted;
  const direction = value > last ? 1 : -1;
  if (state.direction !== 0 && direction !== state.direction) turn(state.turns, last, counted);
  state.direction = direction;
  state.last = value;
  return counted;
}

/** What is left at the end of a series counts as half cycles. Does not change `state`. */
export function residue(state: RainflowState): LoadCycle[] {
  const counted: LoadCycle[] = [];
  const turns = [...state.turns];
  if (state.last !== null && state.last !== turns.at(-1)) turn(turns, state.last, counted);
  for (let i = 1; i < turns.length; i++) counted.push(cycle(turns[i - 1] as number, turns[i] as number, 0.5));
  return counted;
}

function turn(turns: number[], value: number, counted: LoadCycle[]): void {
  turns.push(value);
  while (turns.length >= 3) {
    const [z, y, x] = turns.slice(-3) as [number, number, number];
    if (Math.abs(x - y) < Math.abs(y - z)) break;
    // The range before includes the starting point: half a cycle, and the starting point goes.
    if (turns.length === 3) counted.push(cycle(turns.shift() as number, y, 0.5));
    else {
      counted.push(cycle(z, y, 1));
      turns.splice(-3, 2);
    }
  }
  if (turns.length > most) counted.push(cycle(turns.shift() as number, turns[0] as number, 0.5));
}

const cycle = (a: number, b: number, count: 1 | 0.5): LoadCycle => ({
  range: Math.abs(a - b),
  mean: (a + b) / 2,
  count,
});

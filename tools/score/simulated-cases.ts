import { conditionDefaults, freshState, take, type SpreaderState } from '@quaywatch/domain/condition';
import {
  componentOf,
  simulatedModes,
  SpreaderSimulator,
  type SimulatedFault,
  type SimulatedMode,
} from '@quaywatch/domain/simulator';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);

/** Hours of a run: healthy, from then to the full fault, and all. */
export const simulatedHours = { healthy: 20, full: 44, all: 56 } as const;

/** A case that was raised: failure mode, component, when. */
export interface Raised {
  readonly mode: string;
  readonly component: string;
  readonly at: number;
}

/** What became of one seed with each failure mode. */
export interface SeedOutcome {
  readonly modes: readonly {
    readonly mode: SimulatedMode;
    readonly found: boolean;
    readonly first: boolean;
    /** Cases at other components, `mode component`. */
    readonly wrong: readonly string[];
  }[];
  /** Cases in the healthy hours before the fault, which all modes have in common, and on another healthy spreader. */
  readonly before: readonly string[];
  readonly healthy: readonly string[];
}

const onsetAt = start + simulatedHours.healthy * hour;
const fullAt = start + simulatedHours.full * hour;
const end = start + simulatedHours.all * hour;

/** A run that stopped at a time: what is remembered, frames taken, cases so far. */
export interface Paused {
  readonly state: SpreaderState;
  readonly frames: number;
  readonly raised: readonly Raised[];
}

/** Nothing taken yet. */
export const begin = (): Paused => ({ state: freshState('spr_t', 'org_t'), frames: 0, raised: [] });

/**
 * The cases that the analysis raises for one simulated spreader up to `until`, the same code as live, going on from
 * `from` without a change to it: a fault has no effect on a frame that ends before its onset.
 */
export function runOn(from: Paused, seed: number, faults: readonly SimulatedFault[], until: number): Paused {
  const simulator = new SpreaderSimulator({ seed, startAt: start, faults });
  const state = structuredClone(from.state);
  const raised = [...from.raised];
  const seq = { live: 0, event: 0 };
  let frames = 0;
  for (const frame of simulator.history(until)) {
    seq[frame.stream] += 1;
    frames += 1;
    if (frames <= from.frames) continue;
    const { statements } = take(conditionDefaults, state, {
      btu: 'BTU-T',
      spreader: 'spr_t',
      stream: frame.stream,
      boot: 1,
      seq: seq[frame.stream],
      receivedAt: frame.at,
      historical: true,
      clock: 'NTP',
      clockOffset: 0,
      samples: Object.entries(frame.signals).map(([signal, column]) => ({ signal, ...column })),
    });
    for (const statement of statements) {
      if (statement.kind !== 'advice-raised') continue;
      const { failureMode, component } = statement.advice;
      raised.push({ mode: failureMode, component, at: frame.at });
    }
  }
  return { state, frames, raised };
}

const named = ({ mode, component }: Raised): string => `${mode} ${component}`;

/** One seed: the healthy hours once, then each failure mode from there, and one healthy spreader. */
export function runSeed(
  i: number,
  modes: readonly SimulatedMode[] = Object.keys(simulatedModes) as SimulatedMode[],
): SeedOutcome {
  const seed = 1000 + 37 * i;
  const calm = runOn(begin(), seed, [], onsetAt);
  return {
    before: calm.raised.map(named),
    healthy: runOn(begin(), 5000 + 41 * i, [], end).raised.map(named),
    modes: modes.map((mode) => {
      const fault: SimulatedFault = { mode, position: 1 + (i % 4), onsetAt, fullAt, shape: 'linear' };
      const raised = runOn(calm, seed, [fault], end).raised.slice(calm.raised.length);
      const right = componentOf(fault);
      return {
        mode,
        found: raised.some((one) => one.component === right && one.mode === mode),
        first: raised[0]?.component === right,
        wrong: raised.filter((one) => one.component !== right).map(named),
      };
    }),
  };
}

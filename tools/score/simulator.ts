import { conditionDefaults, freshState, take } from '@quaywatch/domain/condition';
import {
  componentOf,
  simulatedModes,
  SpreaderSimulator,
  type SimulatedFault,
  type SimulatedMode,
} from '@quaywatch/domain/simulator';
import type { ScoreLine } from './result';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);
const healthyFor = 20 * hour;
const fullAfter = 44 * hour;
const until = 56 * hour;
/** Hours in a month of 30 days. */
const month = 720;

/** A case that was raised: failure mode, component, when. */
interface Raised {
  readonly mode: string;
  readonly component: string;
  readonly at: number;
}

/** The cases that the analysis raises for one simulated spreader, in the order of time; the same code as live. */
export function casesOf(seed: number, faults: readonly SimulatedFault[]): Raised[] {
  const simulator = new SpreaderSimulator({ seed, startAt: start, faults });
  const state = freshState('spr_t', 'org_t');
  const raised: Raised[] = [];
  const seq = { live: 0, event: 0 };
  for (const frame of simulator.history(start + until)) {
    const { statements } = take(conditionDefaults, state, {
      btu: 'BTU-T',
      spreader: 'spr_t',
      stream: frame.stream,
      boot: 1,
      seq: ++seq[frame.stream],
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
  return raised;
}

/** What a failure mode came to over all seeds. */
interface ModeScore {
  readonly mode: SimulatedMode;
  readonly found: number;
  readonly first: number;
  /** Cases at other components or before the fault began, `mode component`. */
  readonly wrong: readonly string[];
}

function scoreMode(mode: SimulatedMode, seeds: number): ModeScore {
  let found = 0;
  let first = 0;
  const wrong: string[] = [];
  for (let i = 0; i < seeds; i++) {
    const onsetAt = start + healthyFor;
    const fault: SimulatedFault = { mode, position: 1 + (i % 4), onsetAt, fullAt: start + fullAfter, shape: 'linear' };
    const raised = casesOf(1000 + 37 * i, [fault]);
    const right = componentOf(fault);
    const isRight = (one: Raised): boolean => one.component === right && one.at > onsetAt;
    if (raised.some((one) => isRight(one) && one.mode === mode)) found += 1;
    if (raised.find((one) => one.at > onsetAt)?.component === right) first += 1;
    wrong.push(...raised.filter((one) => !isRight(one)).map((one) => `${one.mode} ${one.component}`));
  }
  return { mode, found, first, wrong };
}

/** All failure modes × seeds on the simulator: are they found, is the right component named first, how much is false. */
export function scoreSimulator(seeds: number, tell: (line: string) => void = () => {}): ScoreLine[] {
  const modes = (Object.keys(simulatedModes) as SimulatedMode[]).map((mode) => {
    const score = scoreMode(mode, seeds);
    if (score.found < seeds || score.first < seeds || score.wrong.length > 0)
      tell(
        `${mode}: found ${score.found}, first ${score.first} of ${seeds}; else ${[...new Set(score.wrong)].join(', ') || 'nothing'}`,
      );
    return score;
  });
  const healthy = Array.from({ length: seeds }, (_, i) => casesOf(5000 + 41 * i, []));
  const runs = seeds * modes.length;
  const sum = (of: (score: ModeScore) => number): number => modes.reduce((total, score) => total + of(score), 0);
  const falseCases = sum(({ wrong }) => wrong.length) + healthy.reduce((total, { length }) => total + length, 0);
  const months = ((runs + seeds) * (until / hour)) / month;
  const recall = (100 * sum(({ found }) => found)) / runs;
  const first = (100 * sum((score) => score.first)) / runs;
  const perMonth = falseCases / months;
  const note = `${modes.length} failure modes × ${seeds} seeds and ${seeds} healthy spreaders, ${months.toFixed(1)} asset-months`;
  return [
    {
      what: 'simulator, event recall',
      least: '95 %',
      aim: '99 %',
      ours: `${recall.toFixed(1)} %`,
      met: recall >= 95,
      note,
    },
    {
      what: 'simulator, right component first',
      least: '90 %',
      aim: '97 %',
      ours: `${first.toFixed(1)} %`,
      met: first >= 90,
      note,
    },
    {
      what: 'simulator, false cases per asset-month',
      least: '1',
      aim: '0.2',
      ours: perMonth.toFixed(2),
      met: perMonth <= 1,
      note: `${falseCases} cases at another component, before the fault began or on healthy spreaders`,
    },
  ];
}

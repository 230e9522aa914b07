import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { ScoreLine } from './result';
import { runSeed, simulatedHours, type SeedOutcome } from './simulated-cases';

/** Hours in a month of 30 days. */
const month = 720;

/** Works on seeds in a worker thread until none is left. */
export const serveSeeds = (port: MessagePort): void =>
  void port.on('message', (seed: number) => port.postMessage(runSeed(seed)));

/** Outcomes of so many seeds from the `first` on, worked out by a thread for each processor. The bundle is its own worker. */
function runSeeds(first: number, seeds: number, tell: (line: string) => void): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = [];
  const threads = Math.max(1, Math.min(seeds, availableParallelism()));
  let next = 0;
  return new Promise((resolve, reject) => {
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(fileURLToPath(import.meta.url));
      let own = next++;
      worker.on('error', reject);
      worker.on('message', (outcome: SeedOutcome) => {
        outcomes[own] = outcome;
        const done = outcomes.filter(Boolean).length;
        tell(`seed ${first + own + 1} (${done} of ${seeds} done): ${inWords(outcome)}`);
        if (next < seeds) worker.postMessage(first + (own = next++));
        else void worker.terminate();
        if (done === seeds) resolve(outcomes);
      });
      worker.postMessage(first + own);
    }
  });
}

/** What went wrong with one seed. */
function inWords({ modes, before, healthy }: SeedOutcome): string {
  const wrong = [
    ...modes.flatMap(({ mode, found, first, wrong: others }) => [
      ...(found ? [] : [`${mode} not found`]),
      ...(found && !first ? [`${mode} not named first`] : []),
      ...others.map((other) => `${other} beside ${mode}`),
    ]),
    ...[...before, ...healthy].map((one) => `${one} without a fault`),
  ];
  return wrong.join(', ') || 'all found, named first, nothing else';
}

/** All failure modes × seeds on the simulator: are they found, is the right component named first, how much is false. */
export async function scoreSimulator(
  seeds: number,
  first = 0,
  tell: (line: string) => void = () => {},
): Promise<ScoreLine[]> {
  const outcomes = await runSeeds(first, seeds, tell);
  const modes = (outcomes[0] as SeedOutcome).modes.map((_, i) => {
    const runs = outcomes.map((outcome) => outcome.modes[i] as SeedOutcome['modes'][number]);
    const score = {
      found: runs.filter(({ found }) => found).length,
      first: runs.filter(({ first }) => first).length,
      wrong: runs.flatMap(({ wrong }) => wrong),
    };
    return score;
  });
  const calm = outcomes.flatMap(({ before, healthy }) => [...before, ...healthy]);
  const runs = seeds * modes.length;
  const { healthy, all } = simulatedHours;
  const falseCases = calm.length + modes.reduce((sum, { wrong }) => sum + wrong.length, 0);
  const months = (seeds * (healthy + all) + runs * (all - healthy)) / month;
  const recall = (100 * modes.reduce((sum, { found }) => sum + found, 0)) / runs;
  const right = (100 * modes.reduce((sum, { first }) => sum + first, 0)) / runs;
  const perMonth = falseCases / months;
  const note = `${modes.length} failure modes × ${seeds} seeds and ${seeds} healthy spreaders, ${months.toFixed(1)} asset-months; simulator and rules are of one hand, so this shows that they agree, not how real spreaders do`;
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
      ours: `${right.toFixed(1)} %`,
      met: right >= 90,
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

import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isMainThread, parentPort } from 'node:worker_threads';
import { carriedSets } from './carried';
import type { ScoreLine } from './result';
import { scoreSimulator, serveSeeds } from './simulator';
import { scorerOf, scoreSets, scoreThrough } from './sets';

// The quality of the detectors on recorded machines, by the official scores. npm run score -- --data DIR

if (isMainThread) await main();
else if (parentPort) serveSeeds(parentPort);

async function main(): Promise<void> {
  const { data, scorer, seeds, firstSeed, only, through } = new Command()
    .option('--data <folder>', 'recorded data', '../shared/data')
    .option('--scorer <folder>', 'official scorers; default: `scorer` beside the data, else ../shared/scorer')
    .option('--seeds <n>', 'seeds of each simulated failure mode; 0 = none', '20')
    .option('--first-seed <n>', 'seeds before it are left out: for seeds that no rule was mended on', '0')
    .option('--only <name>', 'one folder of the data, or `simulator`')
    .option(
      '--through <way>',
      '`mqtt`: only the sets as devices through certificates, broker and log; `none`: all but that; default: all',
    )
    .parse()
    .opts<{ data: string; scorer?: string; seeds: string; firstSeed: string; only?: string; through?: string }>();
  if (!existsSync(data)) {
    console.error(`There is no folder ${resolve(data)}: name the recorded data with --data DIR.`);
    process.exit(2);
  }
  if (through !== undefined && through !== 'mqtt' && through !== 'none') {
    console.error('--through knows `mqtt` and `none`.');
    process.exit(2);
  }
  const lines: ScoreLine[] = [];
  /** Scores one thing; what fails is a line of its own, and the others are scored all the same. */
  async function add(what: string, score: () => ScoreLine[] | Promise<ScoreLine[]>): Promise<void> {
    try {
      lines.push(...(await score()));
    } catch (error) {
      const note = error instanceof Error ? error.message : String(error);
      lines.push({ what, least: '', aim: '', ours: 'not scored', met: false, note });
    }
  }
  const scorers = scorer ?? scorerOf(data);
  if (through !== 'mqtt') {
    for (const [name, score] of Object.entries(scoreSets(scorers))) {
      if (only !== undefined && only !== name) continue;
      const folder = join(data, name);
      if (existsSync(folder)) await add(name, () => score(folder));
      else console.log(`${name}: not in ${data}, left out`);
    }
  }
  if (through !== 'none' && only !== 'simulator') {
    const { throughMqtt } = await import('./through-mqtt');
    for (const set of ['skab', 'nab', 'linear-actuator', ...carriedSets]) {
      const folder = join(data, set);
      if ((only !== undefined && only !== set) || !existsSync(folder)) continue;
      await add(`${set} through MQTT`, () => scoreThrough(set, folder, scorers, throughMqtt));
    }
  }
  if (through !== 'mqtt' && (only === undefined || only === 'simulator') && Number(seeds) > 0)
    await add('simulator', () => scoreSimulator(Number(seeds), Number(firstSeed), (line) => console.log(line)));
  if (lines.length === 0) {
    console.error(`Nothing was scored: ${resolve(data)} holds none of ${Object.keys(scoreSets(scorers)).join(', ')}.`);
    process.exit(2);
  }
  const wide = Math.max(...lines.map(({ what }) => what.length));
  console.log(`${'what'.padEnd(wide)}  ${'at least'.padEnd(9)} ${'aim'.padEnd(11)} ours`);
  for (const { what, least, aim, ours, met, note, others } of lines) {
    console.log(`${what.padEnd(wide)}  ${least.padEnd(9)} ${aim.padEnd(11)} ${ours}${met ? '' : '   NOT MET'}`);
    console.log(`${''.padEnd(wide)}  ${note}`);
    if (others) console.log(`${''.padEnd(wide)}  others: ${others}`);
  }
  const missed = lines.filter(({ met }) => !met);
  console.log(
    missed.length === 0 ? 'All that is asked at least is met.' : `${missed.length} of ${lines.length} not met.`,
  );
  if (missed.length > 0) process.exitCode = 1;
}

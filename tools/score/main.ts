import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ScoreLine } from './result';
import { scoreSimulator } from './simulator';
import { scorerOf, scoreSets, scoreThrough } from './sets';

// The quality of the detectors on recorded machines, by the official scores. npm run score -- --data DIR

const { data, scorer, seeds, only, through } = new Command()
  .option('--data <folder>', 'recorded data', '../shared/data')
  .option('--scorer <folder>', 'official scorers; default: `scorer` beside the data, or ../shared/scorer')
  .option('--seeds <n>', 'seeds of each simulated failure mode', '20')
  .option('--only <name>', 'one folder of the data, or `simulator`')
  .option('--through <way>', '`mqtt`: SKAB as devices through certificates, broker and log, and nothing else')
  .parse()
  .opts<{ data: string; scorer?: string; seeds: string; only?: string; through?: string }>();
if (!existsSync(data)) {
  console.error(`There is no folder ${resolve(data)}: name the recorded data with --data DIR.`);
  process.exit(2);
}
const lines: ScoreLine[] = [];
if (through === 'mqtt') {
  const { throughMqtt } = await import('./through-mqtt');
  lines.push(...(await scoreThrough(data, scorer ?? scorerOf(data), throughMqtt)));
} else if (through !== undefined) {
  console.error('--through knows `mqtt` only.');
  process.exit(2);
}
for (const [name, score] of Object.entries(scoreSets(scorer ?? scorerOf(data)))) {
  if (through !== undefined || (only !== undefined && only !== name)) continue;
  const folder = join(data, name);
  if (existsSync(folder)) lines.push(...(await score(folder)));
  else console.log(`${name}: not in ${data}, left out`);
}
if (through === undefined && (only === undefined || only === 'simulator'))
  lines.push(...scoreSimulator(Number(seeds), (line) => console.log(line)));
const wide = Math.max(...lines.map(({ what }) => what.length));
console.log(`${'what'.padEnd(wide)}  ${'at least'.padEnd(9)} ${'aim'.padEnd(11)} ours`);
for (const { what, least, aim, ours, met, note } of lines) {
  console.log(`${what.padEnd(wide)}  ${least.padEnd(9)} ${aim.padEnd(11)} ${ours}${met ? '' : '   NOT MET'}`);
  console.log(`${''.padEnd(wide)}  ${note}`);
}
if (through !== undefined && lines.some(({ met }) => !met)) process.exitCode = 1;

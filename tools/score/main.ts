import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ScoreLine } from './result';
import { scoreSimulator } from './simulator';
import { scorerOf, scoreSets } from './sets';

// The quality of the detectors on recorded machines, by the official scores. npm run score -- --data DIR

const { data, scorer, seeds, only } = new Command()
  .option('--data <folder>', 'recorded data', '../shared/data')
  .option('--scorer <folder>', 'official scorers; default: `scorer` beside the data, or ../shared/scorer')
  .option('--seeds <n>', 'seeds of each simulated failure mode', '20')
  .option('--only <name>', 'one folder of the data, or `simulator`')
  .parse()
  .opts<{ data: string; scorer?: string; seeds: string; only?: string }>();
if (!existsSync(data)) {
  console.error(`There is no folder ${resolve(data)}: name the recorded data with --data DIR.`);
  process.exit(2);
}
const lines: ScoreLine[] = [];
for (const [name, score] of Object.entries(scoreSets(scorer ?? scorerOf(data)))) {
  if (only !== undefined && only !== name) continue;
  const folder = join(data, name);
  if (existsSync(folder)) lines.push(...(await score(folder)));
  else console.log(`${name}: not in ${data}, left out`);
}
if (only === undefined || only === 'simulator')
  lines.push(...scoreSimulator(Number(seeds), (line) => console.log(line)));
const wide = Math.max(...lines.map(({ what }) => what.length));
console.log(`${'what'.padEnd(wide)}  ${'at least'.padEnd(9)} ${'aim'.padEnd(11)} ours`);
for (const { what, least, aim, ours, met, note } of lines) {
  console.log(`${what.padEnd(wide)}  ${least.padEnd(9)} ${aim.padEnd(11)} ${ours}${met ? '' : '   NOT MET'}`);
  console.log(`${''.padEnd(wide)}  ${note}`);
}

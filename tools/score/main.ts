import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scoreActuator } from './actuator';
import { scoreBearings } from './bearings';
import { scoreCmapss } from './cmapss';
import { scoreHydraulics } from './hydraulics';
import { scoreNab, type NabScorer } from './nab';
import type { ScoreLine } from './result';
import { scoreSkab, type SkabScorer } from './skab';
import { scoreTep } from './tep';

// The quality of the detectors on recorded machines, by the official scores. npm run score -- --data DIR

const { data, scorer } = new Command()
  .option('--data <folder>', 'recorded data', '../shared/data')
  .option('--scorer <folder>', 'official scorers; default: `scorer` beside the data, or ../shared/scorer')
  .parse()
  .opts<{ data: string; scorer?: string }>();
const beside = join(resolve(data), '..', 'scorer');
const scorers = scorer ?? (existsSync(beside) ? beside : '../shared/scorer');
if (!existsSync(data)) {
  console.error(`There is no folder ${resolve(data)}: name the recorded data with --data DIR.`);
  process.exit(2);
}
const official = async <T>(name: string): Promise<T> => (await import(pathToFileURL(resolve(scorers, name)).href)) as T;

const sets: [string, (folder: string) => ScoreLine[] | Promise<ScoreLine[]>][] = [
  ['nab', async (folder) => scoreNab(folder, await official<NabScorer>('nab-score.mjs'))],
  ['skab', async (folder) => scoreSkab(folder, await official<SkabScorer>('skab-score.mjs'))],
  ['linear-actuator', scoreActuator],
  ['tep', scoreTep],
  ['ims-bearing', scoreBearings],
  ['cmapss', scoreCmapss],
  ['hydraulic-actuator', scoreHydraulics],
];
const lines: ScoreLine[] = [];
for (const [name, score] of sets) {
  const folder = join(data, name);
  if (!existsSync(folder)) {
    console.log(`${name}: not in ${data}, left out`);
    continue;
  }
  lines.push(...(await score(folder)));
}
const wide = Math.max(...lines.map(({ what }) => what.length));
console.log(`${'what'.padEnd(wide)}  ${'at least'.padEnd(9)} ${'aim'.padEnd(11)} ours`);
for (const { what, least, aim, ours, met, note } of lines) {
  console.log(`${what.padEnd(wide)}  ${least.padEnd(9)} ${aim.padEnd(11)} ${ours}${met ? '' : '   NOT MET'}`);
  console.log(`${''.padEnd(wide)}  ${note}`);
}

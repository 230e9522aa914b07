import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scoreActuator } from './actuator';
import { scoreBearings } from './bearings';
import { scoreCmapss } from './cmapss';
import { scoreHydraulics } from './hydraulics';
import { scoreNab, type NabScorer } from './nab';
import type { ScoreLine } from './result';
import type { throughMqtt } from './through-mqtt';
import { scoreSkab, scoreSkabThrough, type SkabScorer } from './skab';
import { scoreTep } from './tep';

const official = async <T>(scorers: string, name: string): Promise<T> =>
  (await import(pathToFileURL(resolve(scorers, name)).href)) as T;

/** Scores data carried by `transport` beside the same data judged directly. */
export const scoreThrough = async (
  data: string,
  scorers: string,
  transport: typeof throughMqtt,
): Promise<ScoreLine[]> =>
  scoreSkabThrough(join(data, 'skab'), await official<SkabScorer>(scorers, 'skab-score.mjs'), transport);

/** How each set of recorded data is scored, by the name of its folder. */
export function scoreSets(
  scorers: string,
): Readonly<Record<string, (folder: string) => ScoreLine[] | Promise<ScoreLine[]>>> {
  return {
    nab: async (folder) => scoreNab(folder, await official<NabScorer>(scorers, 'nab-score.mjs')),
    skab: async (folder) => scoreSkab(folder, await official<SkabScorer>(scorers, 'skab-score.mjs')),
    'linear-actuator': scoreActuator,
    tep: scoreTep,
    'ims-bearing': scoreBearings,
    cmapss: scoreCmapss,
    'hydraulic-actuator': scoreHydraulics,
  };
}

/** The folder of the official scorers for a data folder: `scorer` beside it, or ../shared/scorer. */
export function scorerOf(data: string): string {
  const beside = join(resolve(data), '..', 'scorer');
  return existsSync(beside) ? beside : '../shared/scorer';
}

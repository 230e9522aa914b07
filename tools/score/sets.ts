import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scoreActuator, scoreActuatorThrough } from './actuator';
import { scoreBearings } from './bearings';
import { scoreCarried } from './carried';
import { scoreCmapss } from './cmapss';
import { scoreHydraulics } from './hydraulics';
import { scoreNab, scoreNabThrough, type NabScorer } from './nab';
import type { Read } from './read';
import type { ScoreLine } from './result';
import type { throughMqtt } from './through-mqtt';
import { scoreSkab, scoreSkabThrough, type SkabScorer } from './skab';
import { scoreTep } from './tep';

/** An official scorer, which is no part of this project. */
export const official = async <T>(scorers: string, name: string): Promise<T> =>
  (await import(pathToFileURL(resolve(scorers, name)).href)) as T;

/** Scores a set carried by `transport` beside the same data by direct call; SKAB, NAB and the actuator by the live analysis, row by row. */
export const scoreThrough = async (
  set: string,
  folder: string,
  scorers: string,
  transport: typeof throughMqtt,
): Promise<ScoreLine[]> =>
  set === 'skab'
    ? scoreSkabThrough(folder, await official<SkabScorer>(scorers, 'skab-score.mjs'), transport)
    : set === 'nab'
      ? scoreNabThrough(folder, await official<NabScorer>(scorers, 'nab-score.mjs'), transport)
      : set === 'linear-actuator'
        ? scoreActuatorThrough(folder, transport)
        : scoreCarried(set, folder, scoreSets(scorers)[set] as SetScore, transport);

/** Scores the data of a folder, read from the disk unless `read` says otherwise. */
type SetScore = (folder: string, read?: Read) => ScoreLine[] | Promise<ScoreLine[]>;

/** How each set of recorded data is scored, by the name of its folder. */
export function scoreSets(scorers: string): Readonly<Record<string, SetScore>> {
  return {
    nab: async (folder) => scoreNab(folder, await official<NabScorer>(scorers, 'nab-score.mjs')),
    skab: async (folder) => scoreSkab(folder, await official<SkabScorer>(scorers, 'skab-score.mjs')),
    'linear-actuator': (folder) => scoreActuator(folder),
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

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Published } from './result';

/** Text of a file; unpacks it when its name ends in `.gz`, and takes `<file>.gz` where only that is there. */
export function text(file: string): string {
  const found = existsSync(file) || file.endsWith('.gz') ? file : `${file}.gz`;
  const bytes = readFileSync(found);
  return (found.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** How the text of a file is got: from the disk, or with the values that came over the way of a device. */
export type Read = (file: string) => string;

/** Whether `text` finds the file. */
export const has = (file: string): boolean => existsSync(file) || existsSync(`${file}.gz`);

/** Rows of a text table without its heading, cells as text. */
export const table = (content: string, separator: string | RegExp): { head: string[]; rows: string[][] } => {
  const [head = '', ...lines] = content.trim().split(/\r?\n/);
  return { head: head.split(separator), rows: lines.filter(Boolean).map((line) => line.split(separator)) };
};

/** Numbers of a table without a heading. */
export const numbers = (content: string): number[][] =>
  content
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/).map(Number));

/** Names in a folder that end so, sorted as numbers go; empty when there is no such folder. */
export const names = (folder: string, ending: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => ending.test(name))
        .sort((a, b) => Number.parseInt(a) - Number.parseInt(b) || a.localeCompare(b))
    : [];

/** What others reach on these data, where the folder says so. */
export const published = <T>(folder: string): Published<T> =>
  has(join(folder, 'reference-scores.json'))
    ? (JSON.parse(text(join(folder, 'reference-scores.json'))) as Published<T>)
    : { scores: {} };

/** The one line that says what others reach; nothing where nothing is known. */
export const othersOf = <T>(
  { note, scores }: Published<T>,
  figure: (score: T) => string | undefined,
): { others?: string } => {
  const list = Object.entries(scores).flatMap(([name, score]) => {
    const shown = figure(score);
    return shown === undefined ? [] : [`${name} ${shown}`];
  });
  return list.length > 0 ? { others: `${list.join(', ')} (${note ?? 'reference-scores.json beside the data'})` } : {};
};

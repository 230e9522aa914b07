import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Text of a file; unpacks it when its name ends in `.gz`, and takes `<file>.gz` where only that is there. */
export function text(file: string): string {
  const found = existsSync(file) || file.endsWith('.gz') ? file : `${file}.gz`;
  const bytes = readFileSync(found);
  return (found.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Rows of a text table without its heading, cells as text. */
export const table = (content: string, separator: string | RegExp): { head: string[]; rows: string[][] } => {
  const [head = '', ...lines] = content.trim().split(/\r?\n/);
  return { head: head.split(separator), rows: lines.filter(Boolean).map((line) => line.split(separator)) };
};

/** Numbers of a table without a heading. */
export const numbers = (content: string): number[][] =>
  content
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));

/** Names in a folder that end so, sorted as numbers go; empty when there is no such folder. */
export const names = (folder: string, ending: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => ending.test(name))
        .sort((a, b) => Number.parseInt(a) - Number.parseInt(b) || a.localeCompare(b))
    : [];

import { Fault } from '@quaywatch/kernel';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const set = z.object({
  time_column: z.string(),
  separator: z.string(),
  period_ms: z.number().positive(),
  signals: z.record(z.string(), z.tuple([z.string(), z.string(), z.number()])),
  events: z.record(z.string(), z.string()).optional(),
  gap_between_cycles_s: z.number().optional(),
});

/** How one data set of a folder is replayed (an entry of `replay-map.json`). */
export type ReplaySet = z.infer<typeof set>;

/** One column of the data and the signal it becomes. */
export interface ColumnMapping {
  /** Name in the file's header, or its number from 0 where the file has none. */
  readonly column: string | number;
  readonly signal: string;
  readonly unit: string;
  readonly scale: number;
}

/** The entry of a set in a folder's `replay-map.json`. Faults `REPLAY_MAP` and `NO_SUCH_SET` say what is wrong. */
export async function readReplaySet(folder: string, name: string): Promise<ReplaySet> {
  const file = join(folder, 'replay-map.json');
  let map: Record<string, unknown>;
  try {
    map = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Fault('REPLAY_MAP', `${file} cannot be read as JSON: it says how the data of a folder become signals`, {
      cause: error,
    });
  }
  if (!(name in map) || name === 'note') {
    const names = Object.keys(map).filter((key) => key !== 'note');
    throw new Fault('NO_SUCH_SET', `${file} has no set ${name}; it has: ${names.join(', ')}`);
  }
  const parsed = set.safeParse(map[name]);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Fault('REPLAY_MAP', `${file}, ${name}.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  return parsed.data;
}

/** `a1..a4` → a1, a2, a3, a4, keeping leading zeros (`x01..x52`); anything else is itself. */
export function expandRange(text: string): string[] {
  const match = /^(.*?)(\d+)\.\.(?:.*?)(\d+)(\D*)$/.exec(text);
  if (!match) return [text];
  const [, before = '', from = '', to = '', after = ''] = match;
  const width = from.startsWith('0') ? from.length : 0;
  const first = Number(from);
  return Array.from(
    { length: Number(to) - first + 1 },
    (_, i) => before + String(first + i).padStart(width, '0') + after,
  );
}

/** The signal's id in a map entry: without notes in brackets, without the `raw:` that marks it as the source's own. */
const signalIn = (text: string): string[] =>
  expandRange(
    text
      .replace(/\s*\(.*\)\s*$/, '')
      .replace(/^raw:/, '')
      .trim(),
  );

/**
 * What each column of a file becomes. `header` are the column names, or undefined for files without; then ranges count
 * columns from `firstColumn`. Throws Fault `REPLAY_MAP` when an entry cannot be understood or fits no column.
 */
export function mapColumns(entry: ReplaySet, header: readonly string[] | undefined): ColumnMapping[] {
  const mappings: ColumnMapping[] = [];
  let nextNumber = entry.time_column === 'cycle' ? 2 : 0;
  // Settings come before sensors in files without a header, whatever the order in the map.
  const entries = Object.entries(entry.signals).sort(
    ([a], [b]) => Number(b.startsWith('setting')) - Number(a.startsWith('setting')),
  );
  for (const [columns, [target, unit, scale]] of entries) {
    const signals = signalIn(target);
    const wanted = columns.split(',').flatMap((part) => expandRange(part.trim()));
    if (header) {
      const found = wanted.flatMap((name) => {
        const pattern = / n$/.test(name) ? new RegExp(`^${name.slice(0, -1)}(\\d+)$`) : undefined;
        return pattern ? header.filter((column) => pattern.test(column)) : header.includes(name) ? [name] : [];
      });
      if (found.length === 0)
        throw new Fault('REPLAY_MAP', `no column ${columns} in the file; it has: ${header.join(', ')}`);
      found.forEach((column, i) => {
        const number = /(\d+)$/.exec(column)?.[1] ?? String(i + 1);
        const signal = signals.length > 1 ? signals[i] : signals[0]?.replace('[n]', `[${number}]`);
        if (!signal) throw new Fault('REPLAY_MAP', `${columns} has more columns than ${target} has signals`);
        mappings.push({ column, signal, unit, scale });
      });
    } else {
      for (const signal of signals) mappings.push({ column: nextNumber++, signal, unit, scale });
    }
  }
  return mappings;
}

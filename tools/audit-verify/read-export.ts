import { readExportLine, type StoredEntry } from '@quaywatch/domain/audit';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a folder of an export holds. */
export interface Export {
  readonly entries: readonly StoredEntry[];
  readonly checkpoints: readonly { readonly file: string; readonly note: string }[];
}

/** Reads `entries-<first>-<last>` (in the order of their names) and `checkpoint-<size>` of a folder; other files are ignored. */
export function readExport(folder: string): Export {
  const names = readdirSync(folder).sort();
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const entries: StoredEntry[] = [];
  for (const name of names) {
    const first = Number(/^entries-(\d+)-\d+$/.exec(name)?.[1]);
    if (Number.isNaN(first)) continue;
    // A file written again after a crash may begin with entries of the one before; they must say the same.
    const lines = read(name).split('\n').slice(0, -1).map(readExportLine);
    const repeated = Math.max(0, entries.length - (first - 1));
    const same = lines
      .slice(0, repeated)
      .every(({ hash, body }, i) => entries[first - 1 + i]?.hash === hash && entries[first - 1 + i]?.body === body);
    entries.push(...(same ? lines.slice(repeated) : lines));
  }
  const checkpoints = names.filter((name) => /^checkpoint-\d+$/.test(name)).map((file) => ({ file, note: read(file) }));
  return { entries, checkpoints };
}

import { Refused } from './api';

type Part = string | number;

/** A page of rows with the opaque cursor of the next one. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** Cuts `rows`, of which one more than `limit` was asked for, to a page; `key` are the values that the list is ordered by. */
export function pageOfRows<T>(rows: readonly T[], limit: number, key: (row: T) => readonly Part[]): Page<T> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > page.length && last !== undefined;
  const next = more ? Buffer.from(JSON.stringify(key(last))).toString('base64url') : null;
  return { rows: page, next_cursor: next, has_more: more };
}

/**
 * The values after which a page begins; undefined on the first page. `shape` says what each must be; throws `Refused`
 * `invalid` for anything else.
 */
export function readCursor(cursor: string | undefined, shape: readonly ('string' | 'number')[]): Part[] | undefined {
  if (cursor === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    value = undefined;
  }
  const fits =
    Array.isArray(value) && value.length === shape.length && shape.every((type, i) => typeof value[i] === type);
  if (!fits)
    throw new Refused('invalid', 'The cursor is not one of ours.', [
      { pointer: '/query/cursor', code: 'invalid', detail: 'Use next_cursor of a list.' },
    ]);
  return value as Part[];
}

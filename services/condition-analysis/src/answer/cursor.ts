import { Refused } from '@quaywatch/runtime';

/** A place in a sorted list: the sort key of the last item given. */
export type Key = readonly (string | number)[];

/** An opaque cursor for a place. */
export const writeCursor = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The place that a cursor names; refuses what is not one of ours with as many parts. */
export function readCursor(cursor: string | undefined, parts: number): Key | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const fits =
      Array.isArray(key) &&
      key.length === parts &&
      key.every((part) => typeof part === 'string' || typeof part === 'number');
    if (fits) return key as Key;
  } catch {
    // Falls through to the refusal.
  }
  throw new Refused('invalid', 'The cursor is not valid: use next_cursor of an answer as it is.', [
    { pointer: '/query/cursor', code: 'invalid_cursor', detail: 'Not a cursor of this list.' },
  ]);
}

/** Whether `a` comes before `b`: part by part, numbers by size, texts by code point. */
export function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as string | number;
    const y = b[i] as string | number;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** One page of sorted items: those after the cursor. Stable while items come and go. */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => Key,
  limit: number,
  after: Key | undefined,
): { items: readonly T[]; next_cursor: string | null; has_more: boolean } {
  const rest = after ? items.filter((item) => compareKeys(keyOf(item), after) > 0) : items;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const more = rest.length > page.length;
  return { items: page, next_cursor: more && last ? writeCursor(keyOf(last)) : null, has_more: more };
}

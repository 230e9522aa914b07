import { pageOfRows, type Page } from '@quaywatch/runtime';

type Key = readonly (string | number)[];

/** One page of items that are sorted by `keyOf`: those after the cursor's key. Stable while items come and go. */
export function pageOfSorted<T>(
  items: readonly T[],
  keyOf: (item: T) => Key,
  limit: number,
  after: Key | undefined,
): Page<T> {
  const rest = after ? items.filter((item) => compareKeys(keyOf(item), after) > 0) : items;
  return pageOfRows(rest, limit, keyOf);
}

/** Part by part, numbers by size, texts by code unit. */
function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as string | number;
    const y = b[i] as string | number;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

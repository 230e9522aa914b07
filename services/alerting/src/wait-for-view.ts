import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';

const patience = 2000;
const pause = 15;

/**
 * Waits until a view shows what a command has recorded, 2 s at most: who reads right after writing sees their change.
 * The change itself is durable already, so a slow view is no failure.
 */
export async function waitForView(
  store: ViewStore,
  clock: Clock,
  shows: (q: Queryable) => Promise<boolean>,
): Promise<void> {
  const until = clock.now() + patience;
  while (!(await store.transact(shows)) && clock.now() < until) {
    await new Promise<void>((resolve) => clock.after(pause, resolve));
  }
}

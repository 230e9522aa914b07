import type { Clock, ViewStore } from '@quaywatch/ports';

const patience = 2000;
const pause = 15;

/** The newest revision of each stream that a command has made. */
export type Written = ReadonlyMap<string, number>;

/**
 * Waits until the view shows what a command has recorded, 2 s at most: who reads right after writing sees their change.
 * The change itself is durable already, so a slow view is no failure.
 */
export async function waitForView(store: ViewStore, clock: Clock, written: Written): Promise<void> {
  if (written.size === 0) return;
  const until = clock.now() + patience;
  const streams = [...written.keys()];
  for (;;) {
    const rows = await store.transact((tx) =>
      tx.query<{ stream: string; revision: number }>(
        'select stream, revision from view_revision where stream = any($1)',
        [streams],
      ),
    );
    const seen = new Map(rows.map((row) => [row.stream, row.revision]));
    if (streams.every((stream) => (seen.get(stream) ?? 0) >= (written.get(stream) ?? 0)) || clock.now() >= until)
      return;
    await new Promise<void>((resolve) => clock.after(pause, resolve));
  }
}

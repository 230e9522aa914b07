import { openBeside, type Beside, type TableDifference } from '@quaywatch/adapters';
import { Fault, seconds, toIso } from '@quaywatch/kernel';
import type { BesideFeed } from '../consume/log-strategy';
import type { ServiceDefinition } from '../service-definition';
import { passAsOf, passUpToLive } from './pass-up-to';
import { startBeside, type BesideSurroundings } from './start-beside';

/** How far a rebuild has come, in records of the log. */
export interface RebuildProgress {
  readonly done: number;
  readonly of: number;
}

/** What to rebuild. */
export interface RebuildOptions {
  readonly definition: ServiceDefinition;
  readonly view: string;
  /** URL of the service's own role. */
  readonly url: string;
  readonly surroundings: Omit<BesideSurroundings, 'store'>;
  onProgress?(progress: RebuildProgress): void;
  /** Told once, when earlier work goes on. */
  onResumed?(): void;
  /** Longest time for the whole, ms; default 24 h. */
  readonly timeout?: number;
  /** Ends the work where it is; it can be taken up again. */
  readonly signal?: AbortSignal;
}

/** What came of a rebuild. */
export interface Rebuilt {
  readonly resumed: boolean;
  readonly records: number;
  readonly tables: readonly TableDifference[];
}

/** So many records behind, the last step begins: under load the one in use would never be reached without holding it. */
const nearly = 500;
/** How long the consumer in use may be held for the last step, ms; and how often that is tried on a machine that is busy. */
const holdLimit = seconds(10);
const holds = 5;

/**
 * Rebuilds a view beside the one in use, from the first record of its topics, while the service goes on; then compares
 * every row, and with `swap` puts the rebuilt rows in place in one transaction. What was done is kept when this is
 * interrupted, and taken up by the next call. Rejects with Fault `REBUILD_OVERTAKEN` (start again), `REBUILD_TIMEOUT`.
 */
export async function rebuildBeside(options: RebuildOptions, swap: boolean): Promise<Rebuilt> {
  const { definition, view } = options;
  const views = { [view]: tablesOf(definition, view) };
  const beside = await open(options, views, view);
  try {
    const feed = passUpToLive(new Set([view]), async (consumer, topic, partition) => {
      return (await beside.livePositions(consumer)).get(`${topic} ${partition}`) ?? 0;
    });
    const rebuilt = await fed(options, beside, feed, async () => {
      const before = sum(await beside.positions(view));
      const level = (limit: number, behind: number, goal?: ReadonlyMap<string, number>): Promise<void> =>
        reach(options, limit, async () => {
          const at = await beside.positions(view);
          const to = goal ?? (await beside.livePositions(view));
          options.onProgress?.({ done: sum(at), of: sum(to) });
          return [...to].reduce((left, [key, next]) => left + Math.max(0, next - (at.get(key) ?? 0)), 0) <= behind;
        });
      const tables = await finished(
        () => level(options.timeout ?? seconds(86_400), nearly),
        () => beside.finish(view, swap, (goal) => level(holdLimit, 0, goal)),
      );
      const records = sum(await beside.positions(view)) - before;
      return { resumed: beside.resumed, records, tables };
    });
    await beside.drop();
    return rebuilt;
  } finally {
    await beside.close();
  }
}

/**
 * Builds a copy of a view as it was known at `asOf` (ms, by the log's clock), hands its rows as JSON to `take`, table by
 * table, and throws the copy away. The other views of the service, which its handlers may look at, are built to the same
 * time first. The view in use is not touched.
 */
export async function viewAsOf(
  options: RebuildOptions,
  asOf: number,
  take: (table: string, rows: readonly string[]) => Promise<void>,
): Promise<Rebuilt> {
  const { definition, view } = options;
  const tables = tablesOf(definition, view);
  const beside = await open(options, definition.views, `${view} at ${toIso(asOf)}`, asOf);
  try {
    let records = 0;
    const order = [...Object.keys(definition.views).filter((name) => name !== view), view];
    for (const consumer of order) {
      const done = new Set<string>();
      const feed = passAsOf(new Set([consumer]), asOf, (_consumer, topic, partition) =>
        done.add(`${topic} ${partition}`),
      );
      await fed(options, beside, feed, async () => {
        const before = sum(await beside.positions(consumer));
        // The consumer in use tells which topic it is; where it stands now is as far as there can be something to know.
        const ends = await beside.livePositions(consumer);
        await reach(options, options.timeout ?? seconds(86_400), async () => {
          const at = await beside.positions(consumer);
          options.onProgress?.({ done: sum(at), of: sum(ends) });
          return [...ends].every(([key, next]) => done.has(key) || (at.get(key) ?? 0) >= next);
        });
        records += sum(await beside.positions(consumer)) - before;
      });
    }
    const counted: TableDifference[] = [];
    for (const table of tables) {
      let rows = 0;
      await beside.eachRow(table, async (found) => {
        rows += found.length;
        await take(table, found);
      });
      counted.push({ table, rows, gone: 0, added: 0 });
    }
    await beside.drop();
    return { resumed: beside.resumed, records, tables: counted };
  } finally {
    await beside.close();
  }
}

/** What was rebuilt while the consumer in use was held stays, so each further try has less left. */
async function finished<T>(comeNear: () => Promise<void>, finish: () => Promise<T>): Promise<T> {
  for (let hold = 1; ; hold++) {
    await comeNear();
    try {
      return await finish();
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'REBUILD_TIMEOUT') || hold === holds) throw error;
    }
  }
}

function tablesOf(definition: ServiceDefinition, view: string): readonly string[] {
  const tables = definition.views[view];
  if (!tables) throw new Fault('NO_SUCH_VIEW', `${definition.name} has no view ${view}`);
  return tables;
}

async function open(
  options: RebuildOptions,
  views: Readonly<Record<string, readonly string[]>>,
  name: string,
  asOf?: number,
): Promise<Beside> {
  const { definition, url, surroundings } = options;
  const beside = await openBeside({
    url,
    service: definition.name,
    views,
    partitions: surroundings.log.partitions,
    name,
    ...(asOf === undefined ? {} : { asOf }),
    logger: surroundings.logger,
  });
  if (beside.resumed) options.onResumed?.();
  return beside;
}

/** Runs the consumers that `feed` names while `work` goes on. */
async function fed<T>(options: RebuildOptions, beside: Beside, feed: BesideFeed, work: () => Promise<T>): Promise<T> {
  const stop = await startBeside(options.definition, { ...options.surroundings, store: beside.store }, feed);
  try {
    return await work();
  } finally {
    await stop();
  }
}

async function reach(options: RebuildOptions, limit: number, there: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limit;
  for (let pause = 20; !(await there()); pause = Math.min(250, pause * 1.5)) {
    options.signal?.throwIfAborted();
    if (performance.now() > end)
      throw new Fault('REBUILD_TIMEOUT', `not there after ${limit / 1000} s; start it again to go on`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const sum = (positions: ReadonlyMap<string, number>): number => [...positions.values()].reduce((a, b) => a + b, 0);

import { topicNames } from '@quaywatch/contracts';
import { Fault, seconds } from '@quaywatch/kernel';
import type { EventLog, ViewStore } from '@quaywatch/ports';
import { createHash } from 'node:crypto';
import { dropView, type ServiceDefinition } from '@quaywatch/runtime';
import { Writable } from 'node:stream';
import { Progress } from '../progress';
import { definitions } from '../services';
import { startPlatform } from '../start';

/** Number of rows of a table and SHA-256 over them. */
export interface Print {
  readonly rows: number;
  readonly hash: string;
}

/** SHA-256 over all rows of the tables, in an order that depends on their content only; with the number of rows. */
export async function fingerprint(store: ViewStore, tables: readonly string[]): Promise<Map<string, Print>> {
  const prints = new Map<string, Print>();
  for (const table of tables) {
    const rows = await store.transact((tx) =>
      tx.query<{ line: string }>(`select t::text as line from "${table}" t order by t::text collate "C"`),
    );
    const hash = createHash('sha256');
    for (const { line } of rows) hash.update(line).update('\n');
    prints.set(table, { rows: rows.length, hash: hash.digest('hex') });
  }
  return prints;
}

/** The service and tables of a view. Fault `NO_SUCH_VIEW` names the ones there are. */
export function findView(view: string): { definition: ServiceDefinition; tables: readonly string[] } {
  for (const definition of definitions) {
    const tables = definition.views[view];
    if (tables) return { definition, tables };
  }
  const all = definitions.flatMap((definition) => Object.keys(definition.views)).join(', ');
  throw new Fault('NO_SUCH_VIEW', `there is no view ${view}; there are: ${all}`);
}

/** Resolves when a consumer has handled everything that was in its topics at the time of the call. */
export async function caughtUp(
  store: ViewStore,
  log: EventLog,
  consumer: string,
  timeout: number,
  onProgress?: (done: number, of: number) => void,
): Promise<void> {
  const ends = new Map<string, readonly number[]>();
  for (const topic of topicNames) ends.set(topic, await log.endOffsets(topic));
  const listened = new Set<string>();
  const deadline = Date.now() + timeout;
  for (;;) {
    const rows = await store.transact((tx) =>
      tx.query<{ topic: string; partition: number; next: string }>(
        'select topic, partition, next from consumer_position where consumer = $1',
        [consumer],
      ),
    );
    for (const row of rows) listened.add(row.topic);
    const goals = [...listened].flatMap((topic) =>
      (ends.get(topic) ?? []).map((end, partition) => ({ topic, partition, end })),
    );
    const at = (topic: string, partition: number): number =>
      Number(rows.find((row) => row.topic === topic && row.partition === partition)?.next ?? 0);
    const left = goals.filter((goal) => at(goal.topic, goal.partition) < goal.end);
    onProgress?.(
      goals.reduce((sum, goal) => sum + Math.min(goal.end, at(goal.topic, goal.partition)), 0),
      goals.reduce((sum, goal) => sum + goal.end, 0),
    );
    if (goals.length > 0 && left.length === 0) return;
    if (Date.now() > deadline)
      throw new Fault('REPLAY_TIMEOUT', `${consumer} has not caught up after ${timeout / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `quaywatch replay`: drops the view, lets it read the log again, and with `--verify` compares every row. */
export async function replayCommand(options: { view: string; verify: boolean; dataDir: string }): Promise<void> {
  const progress = new Progress();
  const { definition, tables } = findView(options.view);

  /** Runs the one service until its view is up to date; `before` works on its store while it does not run yet. */
  const run = async (title: string, before: (store: ViewStore) => Promise<void>): Promise<Map<string, Print>> => {
    const platform = await startPlatform(
      {
        ...options,
        host: '127.0.0.1',
        port: 0,
        mqttPort: 0,
        portalDir: '',
        only: [definition.name],
        beforeService: (_name, store) => before(store),
        environment: process.env,
      },
      new Progress(new Writable({ write: (_chunk, _encoding, done) => done() })),
    );
    try {
      const store = platform.stores.get(definition.name) as ViewStore;
      await progress.step(title, () =>
        caughtUp(store, platform.adapters.log, options.view, seconds(3600), (done, of) => progress.part(done, of)),
      );
      return await fingerprint(store, tables);
    } finally {
      await platform.stop();
    }
  };

  const before = await run('View is up to date', () => Promise.resolve());
  const after = await run(`View ${options.view} rebuilt from the log`, (store) =>
    dropView(store, options.view, tables),
  );
  let different = 0;
  for (const [table, print] of after) {
    const same = before.get(table)?.hash === print.hash;
    if (!same) different++;
    progress.say(`  ${same ? '=' : '≠'} ${table}: ${print.rows} rows, ${print.hash.slice(0, 16)}`);
  }
  progress.say(different === 0 ? 'Every row is as before.' : `${different} of ${after.size} tables differ.`);
  process.exit(options.verify && different > 0 ? 3 : 0);
}

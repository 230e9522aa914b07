import { fromIso, Fault, toIso } from '@quaywatch/kernel';
import {
  archivedEventLog,
  makeLogger,
  rebuildBeside,
  viewAsOf,
  type RebuildOptions,
  type ServiceDefinition,
} from '@quaywatch/runtime';
import { once } from 'node:events';
import { join } from 'node:path';
import { Progress } from '../progress';
import { definitions } from '../services';
import { openBesidePlatform } from '../work-beside';

/** The service and tables of a view. Fault `NO_SUCH_VIEW` names the ones there are. */
export function findView(view: string): { definition: ServiceDefinition; tables: readonly string[] } {
  for (const definition of definitions) {
    const tables = definition.views[view];
    if (tables) return { definition, tables };
  }
  const all = definitions.flatMap((definition) => Object.keys(definition.views)).join(', ');
  throw new Fault('NO_SUCH_VIEW', `there is no view ${view}; there are: ${all}`);
}

/** Options of `quaywatch replay`. */
export interface ReplayOptions {
  readonly view: string;
  /** Compare only. */
  readonly verify: boolean;
  /** RFC 3339 time. */
  readonly asOf?: string;
  readonly dataDir: string;
}

/**
 * `quaywatch replay`: rebuilds a view beside the one in use, running or not, and swaps it in; with `--verify` it only
 * compares every row; with `--as-of` it writes the rows as they were known at a time to standard output.
 */
export async function replayCommand(options: ReplayOptions): Promise<void> {
  const progress = new Progress();
  const { definition } = findView(options.view);
  const asOf = options.asOf === undefined ? undefined : fromIso(options.asOf);
  if (options.asOf !== undefined && asOf === undefined)
    throw new Fault('NOT_A_TIME', `${options.asOf} is no RFC 3339 time, e.g. 2026-11-23T10:00:00Z`);
  const parts = await openBesidePlatform(options.dataDir, 'replay');
  const stop = new AbortController();
  const interrupted = (): void => stop.abort(new Fault('INTERRUPTED', 'stopped; the same command goes on from here'));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const rebuild: RebuildOptions = {
      definition,
      view: options.view,
      url: await parts.urlOf(definition.name),
      surroundings: {
        // What the log no longer has comes from the archive.
        log: archivedEventLog(parts.adapters.log, parts.adapters.objects),
        objects: parts.adapters.objects,
        secrets: parts.adapters.secrets,
        clock: parts.adapters.clock,
        environment: parts.environment,
        logger: makeLogger(definition.name, { level: 'warn', file: join(options.dataDir, 'replay.log') }),
      },
      onProgress: ({ done, of }) => progress.part(done, of),
      onResumed: () => progress.say('  goes on where it was interrupted'),
      signal: stop.signal,
    };
    const title = `View ${options.view} rebuilt from the log${asOf === undefined ? '' : ` as known at ${toIso(asOf)}`}`;
    const from = performance.now();
    const result = await progress.step(title, () =>
      asOf === undefined ? rebuildBeside(rebuild, !options.verify) : viewAsOf(rebuild, asOf, printRows),
    );
    const seconds = (performance.now() - from) / 1000;
    progress.say(`  ${result.records} records, ${Math.round(result.records / seconds)} a second`);
    for (const { table, rows, gone, added } of result.tables) {
      const same = gone + added === 0;
      progress.say(`  ${same ? '=' : '≠'} ${table}: ${rows} rows${same ? '' : `, ${gone} gone, ${added} added`}`);
    }
    if (asOf !== undefined) return;
    const different = result.tables.filter(({ gone, added }) => gone + added > 0).length;
    if (different === 0) return progress.say('Every row is as before.');
    progress.say(
      `${different} of ${result.tables.length} tables ${options.verify ? 'differ from the view in use' : 'were replaced'}.`,
    );
    if (options.verify) process.exitCode = 3;
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await parts.close();
  }
}

async function printRows(table: string, rows: readonly string[]): Promise<void> {
  const text = rows.map((row) => `{"table":${JSON.stringify(table)},"row":${row}}\n`).join('');
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

import { makeLogger, noteSentBefore, openStore } from '@quaywatch/runtime';
import { Fault } from '@quaywatch/kernel';
import { join } from 'node:path';
import { Progress } from '../progress';
import { runningPeers } from '../run-file';
import { definitions } from '../services';
import { openBesidePlatform } from '../work-beside';

/**
 * `quaywatch restored`: to be run once after the database was restored from a backup, before the services start. Where the
 * log (Kafka) is ahead of the database, nothing that the services say again is sent twice, and nothing new is taken for
 * a repetition.
 */
export async function restoredCommand(options: { readonly dataDir: string }): Promise<void> {
  const answers = await runningPeers(options.dataDir)
    .then(({ peers }) => fetch(`${peers.urlOf('fleet')}/healthz`))
    .then(
      ({ ok }) => ok,
      () => false,
    );
  if (answers) throw new Fault('RUNNING', 'stop the platform first: its services may already send with old numbers');
  const parts = await openBesidePlatform(options.dataDir, 'restored');
  try {
    const progress = new Progress();
    for (const definition of definitions.filter(({ store }) => store)) {
      const logger = makeLogger(definition.name, { level: 'warn', file: join(options.dataDir, 'restored.log') });
      const store = await openStore(definition, await parts.urlOf(definition.name), logger);
      try {
        const { events, from } = await noteSentBefore(definition.name, store, parts.adapters.log);
        progress.say(
          `  ${definition.name}: ${events} events of it in the log since the backup; goes on with number ${from}`,
        );
      } finally {
        await store.close();
      }
    }
  } finally {
    await parts.close();
  }
}

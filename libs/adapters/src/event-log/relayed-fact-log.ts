import type { EventLog } from '@quaywatch/ports';
import { factLogContractService, type FactLogUnderTest } from '@quaywatch/ports/testing';
import { randomBytes } from 'node:crypto';
import { postgresViewStore, prepareService } from '../postgres/store';

/** A database that is removed after the test. */
export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** For tests: the facts of a service in `database`, relayed to the log that `openLog` gives for the service's own login. */
export async function relayedFactLog(
  database: OwnDatabase,
  openLog: (url: string) => EventLog,
): Promise<FactLogUnderTest> {
  const service = factLogContractService;
  const url = await prepareService(database.url, service, randomBytes(16).toString('hex'));
  const store = await postgresViewStore({ url, service, migrations: {} });
  const eventLog = openLog(url);
  const relay = async (after: () => void): Promise<void> => {
    for (;;) {
      const sent = await store.takeOutbox(500, async (entries) => {
        // As the relay of the runtime: one append for each topic, not awaited one by one.
        const topics = new Set(entries.map(({ topic }) => topic));
        const appended = [...topics].map((topic) => {
          const own = entries.filter((entry) => entry.topic === topic);
          return eventLog.append(
            topic,
            own.map(({ seq, event }) => ({ event, outbox: { owner: service, seq } })),
          );
        });
        await Promise.all(appended);
        after();
      });
      if (sent === 0) return;
    }
  };
  return {
    factLog: {
      append: (...given) => store.transact((tx) => tx.facts.append(...given)),
      read: (stream) => store.transact((tx) => tx.facts.read(stream)),
    },
    eventLog,
    settle: () => relay(() => undefined),
    simulateRelayCrash: () =>
      relay(() => {
        throw new Error('killed by the test');
      }).catch(() => undefined),
    close: async () => {
      await eventLog.close();
      await store.close();
      await database.drop();
    },
  };
}

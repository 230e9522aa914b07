import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventEnvelope, ServiceName, Topic } from '@quaywatch/contracts';
import { keyId } from '@quaywatch/kernel';
import type { NewFact } from '../event-log/fact-log';
import { waitUntil } from '../event-log/wait-until';
import type { ConsumerPosition, OutboxEntry, ViewStore } from './view-store';

/** The service whose store the contract suite uses. */
export const viewStoreContractService: ServiceName = 'alerting';

/** Migrations that the store under test must have run. */
export const viewStoreContractMigrations: Readonly<Record<string, string>> = {
  '0001-contract.sql': `
    create table item (org text not null, name text primary key, amount int not null);
    create table inner_matter (name text primary key);
    create view item_names as select org, name from item;`,
};

/** One service's store, opened twice as two instances of the service would. */
export interface ViewStoreUnderTest {
  readonly store: ViewStore;
  readonly other: ViewStore;
  close(): Promise<void>;
}

const topic: Topic = 'da.telemetry';
let counter = 0;
const unique = (name: string): string => `${name}-${counter++}`;

/** The promises of `ViewStore`; every implementation has to pass it. */
export function viewStoreContract(name: string, factory: () => Promise<ViewStoreUnderTest>): void {
  describe(`view store contract: ${name}`, () => {
    let given: ViewStoreUnderTest;
    const store = (): ViewStore => given.store;
    beforeAll(async () => {
      given = await factory();
    }, 120_000);
    afterAll(() => given?.close(), 60_000);
    beforeEach(async () => {
      await store().transact((tx) => tx.query('delete from item'));
      while ((await store().takeOutbox(1000, async () => {})) > 0);
    });

    const names = async (org: string): Promise<unknown[]> =>
      (await store().readAs(org, (q) => q.query('select name from item order by name'))).map((row) => row['name']);
    const insert = (org: string, item: string, amount = 1): Promise<unknown> =>
      store().transact((tx) => tx.query('insert into item values ($1, $2, $3)', [org, item, amount]));

    describe('transact', () => {
      it('commits what resolved and gives its value', async () => {
        const value = await store().transact(async (tx) => {
          await tx.query(`insert into item values ('org_a', 'one', 1)`);
          return 'value';
        });
        expect(value).toBe('value');
        expect(await names('org_a')).toEqual(['one']);
      });

      it('rolls everything back when the work rejects: rows, facts, published events, positions', async () => {
        const stream = unique('alarm');
        const consumer = unique('consumer');
        const failure = new Error('no');
        const work = store().transact(async (tx) => {
          await tx.query(`insert into item values ('org_a', 'one', 1)`);
          await tx.facts.append(stream, 0, [fact(stream)]);
          await tx.publish([audit()]);
          await tx.movePosition(consumer, topic, 0, undefined, { next: 1, outboxes: {} });
          throw failure;
        });
        await expect(work).rejects.toBe(failure);
        expect(await names('org_a')).toEqual([]);
        expect(await waiting()).toEqual([]);
        await store().transact(async (tx) => {
          expect(await tx.facts.read(stream)).toEqual([]);
          expect(await tx.position(consumer, topic, 0)).toBeUndefined();
        });
      });

      it('cannot commit after a failed query, even when the work swallows the error', async () => {
        const work = store().transact(async (tx) => {
          await tx.query(`insert into item values ('org_a', 'one', 1)`);
          await tx.query('select nonsense').catch(() => {});
        });
        await expect(work).rejects.toMatchObject({ name: 'Fault', code: 'STORE_QUERY' });
        expect(await names('org_a')).toEqual([]);
      });

      it('takes queries that are sent together', async () => {
        await store().transact((tx) =>
          Promise.all(['a', 'b', 'c'].map((item) => tx.query(`insert into item values ('org_a', $1, 1)`, [item]))),
        );
        expect(await names('org_a')).toEqual(['a', 'b', 'c']);
      });

      it('does the work again when two transactions block each other', async () => {
        await insert('org_a', 'x', 0);
        await insert('org_a', 'y', 0);
        const add = `update item set amount = amount + 1 where name = $1`;
        let meet = 0;
        const both = (first: string, second: string): Promise<void> =>
          given.store.transact(async (tx) => {
            await tx.query(add, [first]);
            meet++;
            await waitUntil('both hold a row', () => meet >= 2);
            await tx.query(add, [second]);
          });
        await Promise.all([both('x', 'y'), both('y', 'x')]);
        const rows = await store().readAs('org_a', (q) => q.query('select amount from item'));
        expect(rows).toEqual([{ amount: 2 }, { amount: 2 }]);
        expect(meet).toBeGreaterThan(2);
      });

      it('tells a broken constraint from other faults', async () => {
        await insert('org_a', 'one');
        await expect(insert('org_a', 'one')).rejects.toMatchObject({ code: 'STORE_CONSTRAINT', retryable: false });
      });
    });

    describe('positions', () => {
      const to = (next: number, outboxes: Record<string, number> = {}): ConsumerPosition => ({ next, outboxes });
      const move = (s: ViewStore, consumer: string, from: ConsumerPosition | undefined, target: ConsumerPosition) =>
        s.transact((tx) => tx.movePosition(consumer, topic, 3, from, target));

      it('are kept for each consumer and partition', async () => {
        const consumer = unique('consumer');
        await move(store(), consumer, undefined, to(5, { fleet: 7 }));
        await move(store(), consumer, to(5, { fleet: 7 }), to(9_007_199_254_740_000, { fleet: 8, ingest: 1 }));
        await store().transact(async (tx) => {
          expect(await tx.position(consumer, topic, 3)).toEqual(to(9_007_199_254_740_000, { ingest: 1, fleet: 8 }));
          expect(await tx.position(consumer, topic, 2)).toBeUndefined();
          expect(await tx.position(consumer, 'fleet', 3)).toBeUndefined();
        });
      });

      it.each([
        ['it knows of none', undefined],
        ['the offset moved', to(5, { fleet: 2 })],
        ['an outbox mark moved', to(6, { fleet: 1 })],
      ])('refuse a stale instance: %s', async (_what, read) => {
        const consumer = unique('consumer');
        await move(given.other, consumer, undefined, to(6, { fleet: 2 }));
        const work = store().transact(async (tx) => {
          await tx.query(`insert into item values ('org_a', 'stale', 1)`);
          // Swallowing the Fault does not help: the transaction must not commit.
          await tx.movePosition(consumer, topic, 3, read, to(99)).catch(() => {});
        });
        await expect(work).rejects.toMatchObject({ code: 'STALE_INSTANCE' });
        expect(await names('org_a')).toEqual([]);
        await store().transact(async (tx) => {
          expect(await tx.position(consumer, topic, 3)).toEqual(to(6, { fleet: 2 }));
        });
      });

      it('are held by one transaction at a time, so that none waits for rows of another that waits for its position', async () => {
        const consumer = unique('consumer');
        await move(store(), consumer, undefined, to(1));
        await insert('org_a', 'shared', 0);
        let attempts = 0;
        const both = [store(), given.other].map((s) =>
          s.transact(async (tx) => {
            attempts++;
            const from = await tx.holdPosition(consumer, topic, 3);
            await tx.query(`update item set amount = amount + 1 where name = 'shared'`);
            await tx.movePosition(consumer, topic, 3, from, to(from!.next + 1));
          }),
        );
        await Promise.all(both);
        expect(attempts).toBe(2);
        await store().transact(async (tx) => expect(await tx.position(consumer, topic, 3)).toEqual(to(3)));
      });

      it('let exactly one of two instances at once move on', async () => {
        const consumer = unique('consumer');
        for (const from of [undefined, to(1)]) {
          const target = to((from?.next ?? 0) + 1);
          const tried = [store(), given.other, store(), given.other].map((s) => move(s, consumer, from, target));
          const results = await Promise.allSettled(tried);
          expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
          const refused = results.flatMap((result) =>
            result.status === 'rejected' ? [result.reason as { code: string }] : [],
          );
          expect(refused.map(({ code }) => code)).toEqual(['STALE_INSTANCE', 'STALE_INSTANCE', 'STALE_INSTANCE']);
        }
      });
    });

    describe('outbox', () => {
      it('holds facts and published events in the order of the transaction, with the source', async () => {
        const stream = unique('alarm');
        await store().transact(async (tx) => {
          await tx.facts.append(stream, 0, [fact(stream)]);
          await tx.publish([audit('first'), audit('second')]);
          await tx.facts.append(stream, 1, [fact(stream)]);
        });
        const entries = await waiting();
        expect(entries.map(({ topic, event }) => [topic, event.source, event.revision])).toEqual([
          ['alerting', 'alerting', 1],
          ['audit', 'alerting', undefined],
          ['audit', 'alerting', undefined],
          ['alerting', 'alerting', 2],
        ]);
        expect(entries.map(({ event }) => event.id).slice(1, 3)).toEqual(['first', 'second']);
      });

      it.each(['samples-received', 'alarm-raised', 'no-such-event'])('does not publish %s', async (type) => {
        const work = store().transact((tx) => tx.publish([{ ...audit(), type }]));
        await expect(work).rejects.toMatchObject({ code: 'NOT_OWNER' });
      });

      it('takes no event that nobody could read', async () => {
        const work = store().transact((tx) => tx.publish([{ ...audit(), data: { class: 'nonsense' } }]));
        await expect(work).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      });

      it('numbers rise in the order of commits, so that a relay never passes a late one', async () => {
        const seen: number[] = [];
        let done = false;
        const relay = (async () => {
          while (!done || (await store().takeOutbox(1, async () => {})) > 0) {
            await store().takeOutbox(7, async (entries) => void seen.push(...entries.map(({ seq }) => seq)));
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        const writers = Array.from({ length: 40 }, (_, i) =>
          (i % 2 ? store() : given.other).transact(async (tx) => {
            await tx.publish([audit()]);
            await tx.query('select pg_sleep($1)', [(i % 5) / 100]);
            await tx.publish([audit()]);
          }),
        );
        await Promise.all(writers);
        await waitUntil('all entries relayed', () => seen.length >= 80);
        done = true;
        await relay;
        expect(seen).toHaveLength(80);
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        expect(new Set(seen).size).toBe(80);
      });

      it('gives entries again, with the same numbers, when sending fails', async () => {
        await store().transact((tx) => tx.publish([audit(), audit()]));
        const first: number[] = [];
        const crash = store().takeOutbox(10, async (entries) => {
          first.push(...entries.map(({ seq }) => seq));
          throw new Error('crash');
        });
        await expect(crash).rejects.toThrow('crash');
        expect((await waiting()).map(({ seq }) => seq)).toEqual(first);
        expect(await waiting()).toEqual([]);
      });

      it('lets one instance relay at a time', async () => {
        await store().transact((tx) => tx.publish([audit()]));
        let release = (): void => {};
        let sending = false;
        const first = store().takeOutbox(10, () => {
          sending = true;
          return new Promise<void>((resolve) => (release = resolve));
        });
        await waitUntil('the first relay sends', () => sending);
        expect(await given.other.takeOutbox(10, () => Promise.reject(new Error('two relays')))).toBe(0);
        release();
        expect(await first).toBe(1);
        expect(await given.other.takeOutbox(10, async () => {})).toBe(0);
      });

      it('wakes its relay after a commit, and now and then without cause', async () => {
        let woken = 0;
        const stop = store().onOutbox(() => woken++);
        await store().transact((tx) => tx.publish([audit()]));
        expect(woken).toBeGreaterThan(0);
        const before = woken;
        await waitUntil('woken without cause', () => woken > before);
        stop();
      });
    });

    describe('readAs', () => {
      beforeEach(async () => {
        await insert('org_a', 'mine');
        await insert('org_b', 'theirs');
      });

      it('sees the rows of its organisation only, whatever the query', async () => {
        expect(await names('org_a')).toEqual(['mine']);
        expect(await names('org_b')).toEqual(['theirs']);
        expect(await names('org_c')).toEqual([]);
        expect(await names(`org_a' or 'x'='x`)).toEqual([]);
        const viaView = await store().readAs('org_a', (q) => q.query('select * from item_names'));
        expect(viaView).toEqual([{ org: 'org_a', name: 'mine' }]);
      });

      it('gives many readers at once their own rows', async () => {
        const orgs = Array.from({ length: 30 }, (_, i) => (i % 2 ? 'org_a' : 'org_b'));
        const seen = await Promise.all(orgs.map(names));
        expect(seen).toEqual(orgs.map((org) => [org === 'org_a' ? 'mine' : 'theirs']));
      });

      it.each(['inner_matter', 'event', 'outbox', 'consumer_position', 'stream_head'])(
        'does not open %s, which belongs to no organisation',
        async (table) => {
          await expect(store().readAs('org_a', (q) => q.query(`select * from ${table}`))).rejects.toMatchObject({
            code: 'STORE_DENIED',
          });
        },
      );

      it('opens dead letters of its own organisation only, and none of nobody', async () => {
        await store().transact(async (tx) => {
          for (const [index, org] of ['org_a', 'org_b', null].entries())
            await tx.query(
              `insert into dead_letter (consumer, topic, partition, "offset", event, reason, org) values ('v', 't', 0, $1, '{}', 'x', $2)`,
              [index, org],
            );
        });
        const seen = await store().readAs('org_a', (q) => q.query('select org from dead_letter'));
        expect(seen).toEqual([{ org: 'org_a' }]);
        await store().transact((tx) => tx.query(`delete from dead_letter`));
      });

      it.each([
        `insert into item values ('org_a', 'new', 1)`,
        `update item set amount = 2`,
        `delete from item`,
        `create table mine (id int)`,
      ])('refuses to write: %s', async (sql) => {
        await expect(store().readAs('org_a', (q) => q.query(sql))).rejects.toMatchObject({ code: 'STORE_DENIED' });
        expect(await names('org_a')).toEqual(['mine']);
      });

      it('leaves nothing behind on the connection', async () => {
        await Promise.all(Array.from({ length: 20 }, () => names('org_a')));
        await store().transact(async (tx) => {
          expect(await tx.query('select name from item order by name')).toHaveLength(2);
        });
      });
    });

    async function waiting(): Promise<OutboxEntry[]> {
      const taken: OutboxEntry[] = [];
      while ((await store().takeOutbox(100, async (entries) => void taken.push(...entries))) > 0);
      return taken;
    }
  });
}

const fact = (alarm: string): NewFact => ({
  id: keyId('event', unique('fact')),
  type: 'alarm-acknowledged',
  v: 1,
  org: 'org_a',
  key: alarm,
  time: 1,
  data: { alarm, by: 'usr_1', at: 1, note: null },
});

const audit = (id = keyId('event', unique('audit'))): Omit<EventEnvelope, 'source'> => ({
  id,
  type: 'audit-recorded',
  v: 1,
  org: 'org_a',
  key: 'org_a',
  time: 1,
  data: {
    class: 'system',
    actor: { kind: 'service', id: 'alerting' },
    action: 'contract.test',
    target: { kind: 'test', id: '1' },
    outcome: 'success',
    reason: null,
    address: null,
    at: 1,
  },
});

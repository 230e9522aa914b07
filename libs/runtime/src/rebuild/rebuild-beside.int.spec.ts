import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { EventEnvelope } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import { z } from 'zod';
import { makeLogger, prepareDatabase } from '../index';
import {
  defineService,
  OnEvents,
  rebuildBeside,
  STORE,
  viewAsOf,
  type EventBatch,
  type RebuildOptions,
  type Rebuilt,
} from '../index';
import { TestServices } from '../testing';

let bootstraps = 0;

/** A view that counts, so that an event handled twice or left out shows; and one more that it looks at. */
@Controller()
class PlacesController implements OnApplicationBootstrap {
  constructor(@Inject(STORE) readonly store: ViewStore) {}

  onApplicationBootstrap(): void {
    bootstraps++;
  }

  @OnEvents('places', 'fleet')
  async onFleet(@Payload() { events, tx, replaying }: EventBatch): Promise<Outcome> {
    for (const event of events) {
      const { name } = event.data as { name: string };
      await tx.query(
        `insert into place values ($1, $2, 1, $3) on conflict (name) do update set times = place.times + 1, last = excluded.last`,
        [event.org, name, event.id],
      );
      // What a handler emits: once, however often its view is rebuilt.
      await tx.publish([
        {
          id: `evt_of_${event.id}`,
          type: 'audit-recorded',
          v: 1,
          org: event.org,
          key: event.org,
          time: event.time,
          data: {
            class: 'system',
            actor: { kind: 'service', id: replaying ? 'replaying' : 'live' },
            action: 'place.counted',
            target: { kind: 'place', id: event.id },
            outcome: 'success',
            reason: null,
            address: null,
            at: event.time,
          },
        },
      ]);
    }
    return done;
  }
}

@Module({ controllers: [PlacesController] })
class PlacesModule {}

const places = defineService({
  name: 'fleet',
  doc: 'A small service.',
  config: z.object({}),
  migrations: {
    '0001-init.sql': 'create table place (org text not null, name text primary key, times int not null, last text)',
  },
  views: { places: ['place'] },
  store: true,
  module: PlacesModule,
});

describe('a view rebuilt beside the one in use', () => {
  let services: TestServices;
  let url: string;
  let made = 0;
  beforeAll(async () => {
    services = await TestServices.start([places]);
    const { adapters } = services;
    url = (await prepareDatabase(services.databaseUrl, ['fleet'], () => adapters.secrets, adapters.clock)).get(
      'fleet',
    )!;
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  const append = (names: readonly string[]): Promise<void> =>
    services.log.append(
      'fleet',
      names.map((name) => {
        const id = `evt_place_${made++}`;
        const data = { terminal: `ter_${made}`, name, timeZone: 'UTC', craneHourValue: null };
        const event: EventEnvelope = {
          id,
          type: 'terminal-created',
          v: 1,
          source: 'fleet',
          org: 'org_test',
          key: name,
          time: 1,
          data,
        };
        return { event };
      }),
    );
  const rows = (): Promise<{ name: string; times: number; last: string }[]> =>
    services.store('fleet').transact((tx) => tx.query('select name, times, last from place order by name'));
  const handled = async (): Promise<number> => (await rows()).reduce((sum, row) => sum + row.times, 0);
  const rebuild = (more: Partial<RebuildOptions> = {}): RebuildOptions => ({
    definition: places,
    view: 'places',
    url,
    surroundings: {
      ...services.adapters,
      log: services.log,
      environment: {},
      logger: makeLogger('rebuild', { level: 'error', file: `${services.folder}/rebuild.log` }),
    },
    timeout: 120_000,
    ...more,
  });
  const verifiedAndSwapped = async (): Promise<[Rebuilt, Rebuilt]> => [
    await rebuildBeside(rebuild(), false),
    await rebuildBeside(rebuild(), true),
  ];
  /** Appends, lets the service come after, and rests three times as long: a load that any machine can bear all day. */
  const paced = async (given: readonly string[]): Promise<void> => {
    const began = performance.now();
    await append(given);
    const goal = (await services.log.endOffsets('fleet')).reduce((sum, end) => sum + end, 0);
    await until(async () => (await positions()) >= goal);
    await new Promise((resolve) => setTimeout(resolve, 3 * (performance.now() - began)));
  };
  /** As `until` of the services, with patience for a slow machine. */
  const until = (check: () => Promise<boolean>): Promise<boolean> => services.until(check, 60_000);
  const positions = async (): Promise<number> => {
    const found = await services
      .store('fleet')
      .transact((tx) => tx.query<{ next: string }>('select next from consumer_position'));
    return found.reduce((sum, row) => sum + Number(row.next), 0);
  };
  const names = Array.from({ length: 40 }, (_, i) => `place-${i}`);
  const audited = async (): Promise<number> =>
    (await services.log.endOffsets('audit')).reduce((sum, end) => sum + end, 0);

  it('is row for row the same while the service goes on, without a moment in which readers miss a row', async () => {
    for (let i = 0; i < 30; i++) await append(names);
    await until(async () => (await handled()) === 1200);
    const began = bootstraps;
    let loading = true;
    let least = Infinity;
    const load = (async () => {
      while (loading) await paced(names.slice(0, 5));
    })();
    const look = (async () => {
      while (loading) least = Math.min(least, (await rows()).length);
    })();
    const [verified, swapped] = await verifiedAndSwapped().finally(() => (loading = false));
    await Promise.all([load, look]);
    for (const result of [verified, swapped]) {
      expect(result.tables).toEqual([{ table: 'place', rows: 40, gone: 0, added: 0 }]);
      expect(result.records).toBeGreaterThanOrEqual(1200);
    }
    expect(least).toBe(40);
    // Only the consumers ran: nothing that begins with the service.
    expect(bootstraps).toBe(began);
    await until(async () => (await handled()) === made);
    await until(async () => (await audited()) === made);
  }, 300_000);

  it('puts right what was wrong, in one step and under load; nothing lost, nothing twice, nothing emitted again', async () => {
    await services.store('fleet').transact(async (tx) => {
      await tx.query(`update place set times = times + 1000 where name = 'place-7'`);
      await tx.query(`delete from place where name = 'place-8'`);
      await tx.query(`insert into place values ('org_test', 'ghost', 1, 'x')`);
    });
    let loading = true;
    const load = (async () => {
      while (loading) await paced(names);
    })();
    const [verified, result] = await verifiedAndSwapped().finally(() => (loading = false));
    await load;
    expect(verified.tables[0]).toMatchObject({ added: expect.any(Number), gone: expect.any(Number) });
    expect(verified.tables[0]!.added + verified.tables[0]!.gone).toBeGreaterThanOrEqual(3);
    expect(result.tables[0]!.gone).toBeGreaterThanOrEqual(2);
    await until(async () => (await rows()).every((row) => row.last !== 'x') && (await handled()) === made);
    expect(await rows()).toHaveLength(40);
    await until(async () => (await audited()) === made);
    expect((await rebuildBeside(rebuild(), false)).tables).toEqual([{ table: 'place', rows: 40, gone: 0, added: 0 }]);
  }, 300_000);

  it('goes on where it was interrupted', async () => {
    for (let i = 0; i < 60; i++) await append(names);
    await until(async () => (await handled()) === made);
    const stop = new AbortController();
    let seen = 0;
    const interrupted = rebuildBeside(
      rebuild({
        signal: stop.signal,
        onProgress: ({ done, of }) => {
          seen = done;
          if (done > 0 && done < of) stop.abort(new Error('pulled the plug'));
        },
      }),
      false,
    );
    await expect(interrupted).rejects.toThrow('pulled the plug');
    expect(seen).toBeGreaterThan(0);
    const result = await rebuildBeside(rebuild(), false);
    expect(result.resumed).toBe(true);
    expect(result.records).toBeLessThan(made);
    expect(result.tables).toEqual([{ table: 'place', rows: 40, gone: 0, added: 0 }]);
  }, 90_000);

  it('tells the rows as they were known at a time, and touches nothing in use', async () => {
    const before = await rows();
    const asOf = Date.now();
    await until(async () => Date.now() > asOf + 5);
    await append(['place-0', 'later']);
    await until(async () => (await rows()).some((row) => row.name === 'later'));
    const now = await rows();
    const known: { name: string; times: number; last: string }[] = [];
    const result = await viewAsOf(rebuild(), asOf, async (table, found) => {
      expect(table).toBe('place');
      for (const row of found) known.push(JSON.parse(row) as (typeof known)[0]);
    });
    expect(result.tables).toEqual([{ table: 'place', rows: 40, gone: 0, added: 0 }]);
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(known.map(({ name, times, last }) => ({ name, times, last })).sort(byName)).toEqual(before.sort(byName));
    expect(await rows()).toEqual(now);
  }, 90_000);
});

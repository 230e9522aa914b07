import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { dropView } from '@quaywatch/runtime';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { fleet } from '../src';

type Made = { id: string };
type List<T> = { data: T[]; next_cursor: string | null; has_more: boolean };

describe('fleet on the real log and store', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([fleet as never], {
      environment: { ORGANISATION: 'org_test', ORGANISATION_NAME: 'Test terminals' },
    });
  }, 60_000);
  afterAll(() => services?.stop(), 60_000);

  const post = async (
    id: 'createTerminal' | 'createCrane' | 'createSpreader' | 'assignSpreader' | 'bindBtu',
    body: object,
    more: { params?: Record<string, string>; principal?: Principal } = {},
  ) => services.call<Made & { detail?: string }>(id, { body, ...more });
  const terminal = async (name: string, principal?: Principal): Promise<string> => {
    const { status, body } = await post('createTerminal', { name, time_zone: 'Europe/Stockholm' }, { principal });
    expect(status).toBe(201);
    return body.id;
  };
  const crane = async (number: string, terminal_id: string): Promise<string> =>
    (await post('createCrane', { number, terminal_id, type: 'sts' })).body.id;
  const spreaderBody = (number: string, terminal_id: string) => ({
    number,
    serial: `serial ${number}`,
    model: 'X45',
    type: 'sts_twin',
    drive: 'hydraulic',
    terminal_id,
  });
  const spreader = async (number: string, terminal_id: string): Promise<string> =>
    (await post('createSpreader', spreaderBody(number, terminal_id))).body.id;
  const facts = (stream: string) => services.store('fleet').transact((tx) => tx.facts.read(stream));
  const cranes = async (query: Record<string, string> = {}, principal?: Principal) =>
    (
      await services.call<List<{ id: string; number: string; spreader_id: string | null }>>('listCranes', {
        query,
        principal,
      })
    ).body;

  it('makes the configured organisation once, however often it starts', async () => {
    await services.stopOne('fleet');
    await services.startOne(fleet as never);
    const made = await facts('organisation-org_test');
    expect(made.map((fact) => fact.data)).toEqual([{ organisation: 'org_test', name: 'Test terminals' }]);
  });

  it('shows a terminal to who made it at once, and to no other organisation', async () => {
    const id = await terminal('North');
    const { body } = await services.call<List<{ id: string }>>('listTerminals');
    expect(body.data.map((row) => row.id)).toContain(id);
    const stranger = await services.call<List<unknown>>('listTerminals', {
      principal: { ...testAdministrator, org: 'org_other' },
    });
    expect(stranger.body.data).toEqual([]);
  });

  it('refuses what cannot be', async () => {
    const ter = await terminal('Refusals');
    await crane('STS-R', ter);
    await spreader('SPR-R', ter);
    const status = async (promise: Promise<{ status: number }>): Promise<number> => (await promise).status;
    expect(await status(post('createTerminal', { name: ' refusals ', time_zone: 'UTC' }))).toBe(409);
    expect(await status(post('createTerminal', { name: 'Nowhere', time_zone: 'Europe/Atlantis' }))).toBe(400);
    expect(await status(post('createTerminal', { name: 'Offset', time_zone: '+02:00' }))).toBe(400);
    expect(await status(post('createCrane', { number: 'STS-X', terminal_id: 'ter_none', type: 'sts' }))).toBe(404);
    expect(await status(post('createCrane', { number: 'sts-r', terminal_id: ter, type: 'sts' }))).toBe(409);
    expect(await status(post('createSpreader', spreaderBody('SPR-R', ter)))).toBe(409);
    expect(await status(post('createSpreader', { ...spreaderBody('SPR-S', ter), serial: 'serial SPR-R' }))).toBe(409);
    // A refused command has claimed nothing.
    expect(await status(post('createSpreader', spreaderBody('SPR-S', ter)))).toBe(201);
    const other = { ...testAdministrator, org: 'org_other' };
    expect(
      await status(post('createCrane', { number: 'STS-O', terminal_id: ter, type: 'sts' }, { principal: other })),
    ).toBe(404);
  });

  it('hangs spreaders under cranes over time; one crane carries one spreader', async () => {
    const ter = await terminal('Places');
    const [c1, s1, s2] = [await crane('STS-P1', ter), await spreader('SPR-P1', ter), await spreader('SPR-P2', ter)];
    const assign = (id: string, crane_id: string | null, from?: string) =>
      post('assignSpreader', { crane_id, ...(from ? { from } : {}) }, { params: { id } });
    expect((await assign(s1, c1, '2026-01-01T00:00:00.000Z')).status).toBe(201);
    const carried = async (): Promise<string | null | undefined> =>
      (await cranes({ terminal: ter })).data[0]?.spreader_id;
    expect(await carried()).toBe(s1);
    expect((await assign(s2, c1, '2026-02-01T00:00:00.000Z')).status).toBe(201);
    expect(await carried()).toBe(s2);
    expect((await facts(`spreader-${s1}`)).at(-1)?.data).toEqual({
      spreader: s1,
      crane: null,
      from: Date.UTC(2026, 1, 1),
    });
    // Again the same: nothing is recorded.
    const before = (await facts(`spreader-${s2}`)).length;
    expect((await assign(s2, c1, '2026-02-02T00:00:00.000Z')).status).toBe(201);
    expect((await facts(`spreader-${s2}`)).length).toBe(before);
    expect((await assign(s2, null)).status).toBe(201);
    expect(await carried()).toBeNull();
    expect((await assign(s2, 'crn_none')).status).toBe(404);
    expect((await assign('spr_none', c1)).status).toBe(404);
    expect((await assign(s2, c1, '2999-01-01T00:00:00.000Z')).status).toBe(400);
  });

  it('binds BTUs over time, and never one of another organisation', async () => {
    const ter = await terminal('Units');
    const [s1, s2] = [await spreader('SPR-U1', ter), await spreader('SPR-U2', ter)];
    const bind = (id: string, btu: string, from?: string, principal?: Principal) =>
      post('bindBtu', { btu, ...(from ? { from } : {}) }, { params: { id }, principal });
    expect((await bind(s1, 'BTU-1', '2026-01-01T00:00:00.000Z')).status).toBe(201);
    expect((await bind(s2, 'BTU-1', '2026-03-01T00:00:00.000Z')).status).toBe(201);
    expect((await bind(s1, 'BTU-2')).status).toBe(201);
    expect((await facts('btu-BTU-1')).map((fact) => fact.data)).toEqual([
      { btu: 'BTU-1', spreader: s1, from: Date.UTC(2026, 0, 1) },
      { btu: 'BTU-1', spreader: s2, from: Date.UTC(2026, 2, 1) },
    ]);
    expect((await bind(s1, 'no serial!')).status).toBe(400);
    const other = { ...testAdministrator, org: 'org_other' };
    expect((await bind(s1, 'BTU-9', undefined, other)).status).toBe(404);
    const theirs = await terminal('Theirs', other);
    const their = (await post('createSpreader', spreaderBody('SPR-T', theirs), { principal: other })).body.id;
    expect((await bind(their, 'BTU-1', undefined, other)).status).toBe(409);
  });

  it('keeps who holds a role at one terminal to that terminal', async () => {
    const [mine, theirs] = [await terminal('Mine'), await terminal('Not mine')];
    const manager: Principal = {
      ...testAdministrator,
      roles: [{ role: 'fleet_manager', scope: { terminals: [mine] } }],
    };
    await crane('STS-M', mine);
    await crane('STS-N', theirs);
    expect((await cranes({}, manager)).data.map((row) => row.number)).toEqual(['STS-M']);
    expect((await cranes({ terminal: theirs }, manager)).data).toEqual([]);
    expect((await post('createTerminal', { name: 'More', time_zone: 'UTC' }, { principal: manager })).status).toBe(403);
    expect(
      (await post('createCrane', { number: 'STS-N2', terminal_id: theirs, type: 'sts' }, { principal: manager }))
        .status,
    ).toBe(404);
    expect(
      (await post('createCrane', { number: 'STS-M2', terminal_id: mine, type: 'sts' }, { principal: manager })).status,
    ).toBe(201);
    const [here, there] = [await spreader('SPR-M', mine), await spreader('SPR-N', theirs)];
    await post('bindBtu', { btu: 'BTU-N' }, { params: { id: there } });
    expect(
      (await post('assignSpreader', { crane_id: null }, { params: { id: there }, principal: manager })).status,
    ).toBe(404);
    expect((await post('bindBtu', { btu: 'BTU-N' }, { params: { id: here }, principal: manager })).status).toBe(404);
  });

  it('gives long lists page by page, each row once', async () => {
    const ter = await terminal('Pages');
    for (let i = 1; i <= 5; i++) await crane(`STS-Q${i}`, ter);
    const numbers: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: List<{ number: string }> = await cranes({ terminal: ter, limit: '2', ...(cursor ? { cursor } : {}) });
      numbers.push(...page.data.map((row) => row.number));
      cursor = page.next_cursor;
    }
    expect(numbers).toEqual(['STS-Q1', 'STS-Q2', 'STS-Q3', 'STS-Q4', 'STS-Q5']);
    expect((await services.call('listCranes', { query: { cursor: 'bm9uZQ' } })).status).toBe(400);
  });

  it('lets only one of many who want the same number have it', async () => {
    const ter = await terminal('Race');
    const made = await Promise.all(
      Array.from({ length: 6 }, () => post('createCrane', { number: 'STS-Z', terminal_id: ter, type: 'sts' })),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('records every change in the audit trail, in the transaction of the change', async () => {
    const id = await terminal('Audited');
    const entries = await services.until(async () => {
      const found: unknown[] = [];
      const ends = await services.log.endOffsets('audit');
      let left = ends.reduce((sum, end) => sum + end, 0);
      const handle = await services.log.subscribe({
        group: `test-${Math.random()}`,
        topics: ['audit'],
        startAt: () => Promise.resolve(0),
        onBatch: (batch) => {
          left -= batch.records.length;
          found.push(...batch.records.map((record) => record.event));
          return Promise.resolve();
        },
      });
      await services.until(() => Promise.resolve(left <= 0));
      await handle.stop();
      const mine = found.filter((event) => (event as { data: { target: { id: string } } }).data.target.id === id);
      return mine.length > 0 && mine;
    });
    expect(entries).toMatchObject([
      {
        org: 'org_test',
        key: 'org_test',
        data: { action: 'terminal.create', actor: { kind: 'user', id: 'usr_test' }, address: '192.0.2.1' },
      },
    ]);
  });

  it('rebuilds the view to the same rows', async () => {
    const tables = fleet.views['fleet-view'] ?? [];
    const rows = async (): Promise<string[]> => {
      const all: string[] = [];
      for (const table of tables) {
        const lines = await services
          .store('fleet')
          .transact((tx) =>
            tx.query<{ line: string }>(`select t::text as line from "${table}" t order by t::text collate "C"`),
          );
        all.push(...lines.map(({ line }) => `${table} ${line}`));
      }
      return all;
    };
    const before = await rows();
    expect(before.length).toBeGreaterThan(50);
    await services.stopOne('fleet');
    await dropView(services.store('fleet'), 'fleet-view', tables);
    expect(await rows()).toEqual([]);
    await services.startOne(fleet as never);
    await services.until(async () => (await rows()).length >= before.length);
    expect(await rows()).toEqual(before);
  }, 40_000);
});

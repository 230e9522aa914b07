import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { events, type EventEnvelope, type Principal } from '@quaywatch/contracts';
import { dropView, type ApiAnswer } from '@quaywatch/runtime';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { randomBytes } from 'node:crypto';
import { framesOf, type Fault } from '../../../libs/domain/condition/test/scenario';
import { conditionAnalysis } from '../src/service';
import { views } from '../src/views';

const hour = 3_600_000;
const end = Date.UTC(2026, 10, 23);
let now = end;

const stiff: Fault = {
  move: (plan) => (plan.lockTime[2] = (plan.lockTime[2] ?? 0) * (1 + Math.max(0, plan.share - 0.3))),
};

const fact = (org: string, type: string, data: object, i: number): EventEnvelope => ({
  id: `evt_f${i}-${org}`,
  type,
  v: 1,
  source: 'fleet',
  org,
  key: 'fleet',
  time: end - 49 * hour,
  data,
});

const fleetFacts = (org: string, suffix: string): EventEnvelope[] => [
  fact(
    org,
    events.terminalCreated.type,
    { terminal: `ter_a${suffix}`, name: 'Gothenburg', timeZone: 'Europe/Stockholm', craneHourValue: null },
    1,
  ),
  fact(
    org,
    events.terminalCreated.type,
    { terminal: `ter_b${suffix}`, name: 'Savannah', timeZone: 'America/New_York', craneHourValue: null },
    2,
  ),
  fact(
    org,
    events.craneCreated.type,
    { crane: `crn_1${suffix}`, number: 'STS-18', terminal: `ter_a${suffix}`, type: 'sts' },
    3,
  ),
  ...['1', '2', '3'].map((n, i) =>
    fact(
      org,
      events.spreaderCreated.type,
      {
        spreader: `spr_${n}${suffix}`,
        number: `SPR-000${n}`,
        serial: `S${n}`,
        model: 'Single 45',
        type: 'sts_single',
        drive: 'hydraulic',
        terminal: n === '3' ? `ter_b${suffix}` : `ter_a${suffix}`,
      },
      4 + i,
    ),
  ),
  fact(
    org,
    events.spreaderAssigned.type,
    { spreader: `spr_1${suffix}`, crane: `crn_1${suffix}`, from: end - 49 * hour },
    8,
  ),
];

/** Telemetry of one spreader as ingest would log it; its newest was received at `receivedAt`. */
function telemetry(
  org: string,
  spreader: string,
  seed: number,
  moves: number,
  fault?: Fault,
  receivedAt = end,
): EventEnvelope[] {
  const btu = `BTU-${spreader}`;
  const about = { v: 1, source: 'ingest', org, key: spreader } as const;
  const connected = {
    ...about,
    id: `evt_c-${btu}`,
    type: events.deviceConnected.type,
    time: end - 48 * hour,
    data: { btu, spreader, address: null },
  };
  const signals = [{ signal: 'tl[1].locked', unit: '1' }];
  const birth = {
    ...about,
    id: `evt_b-${btu}`,
    type: events.deviceBirthReceived.type,
    time: end - 48 * hour,
    data: { btu, spreader, boot: 1, firmware: '1.0', signals },
  };
  const frames = [...framesOf(seed, moves, fault, spreader)].map((data) => ({
    ...about,
    id: `evt_s-${btu}.${data.stream}.${data.seq}`,
    type: events.samplesReceived.type,
    time: data.samples[0]?.at[0] ?? 0,
    data: { ...data, btu, receivedAt },
  }));
  return [connected, birth, ...frames];
}

const tables = Object.values(views).flat();

describe('condition-analysis on the real log and store', () => {
  let services: TestServices;
  const moves = 240;
  const main = [
    telemetry('org_test', 'spr_1', 1, moves, stiff),
    telemetry('org_test', 'spr_2', 2, moves, undefined, end + 10 * 60_000),
  ];
  const other = telemetry('org_other', 'spr_9', 3, 40);

  const call = async <
    R extends
      | 'attention'
      | 'listSpreaders'
      | 'getSpreader'
      | 'getSpreaderHealth'
      | 'listMoves'
      | 'getSeries'
      | 'listFindings'
      | 'getFinding',
  >(
    id: R,
    request: { params?: Record<string, string>; query?: Record<string, string>; principal?: Principal } = {},
  ): Promise<ApiAnswer<R>> => {
    const { status, body } = await services.call(id, request);
    if (status !== 200) throw new RangeError(`${id}: ${status} ${JSON.stringify(body)}`);
    return body as ApiAnswer<R>;
  };
  const dump = (): Promise<Record<string, unknown[]>> =>
    services.store('condition-analysis').transact(async (tx) => {
      const all: Record<string, unknown[]> = {};
      for (const table of tables) all[table] = await tx.query(`select * from "${table}" t order by t::text`);
      return all;
    });
  const facts = (): Promise<unknown[]> =>
    services.store('condition-analysis').transact((tx) => tx.query('select * from event order by stream, revision'));
  const caughtUp = (): Promise<unknown> =>
    services.until(async () => {
      const done = await services
        .store('condition-analysis')
        .transact((tx) =>
          tx.query<{ topic: string; partition: number; next: string }>(
            'select topic, partition, next from consumer_position',
          ),
        );
      for (const topic of ['da.telemetry', 'fleet', 'condition'] as const) {
        const ends = await services.log.endOffsets(topic);
        if (
          ends.some(
            (offset, partition) =>
              offset > 0 &&
              Number(done.find((row) => row.topic === topic && row.partition === partition)?.next ?? 0) < offset,
          )
        )
          return false;
      }
      return true;
    }, 60_000);

  beforeAll(async () => {
    const clock = {
      now: () => now,
      after: (ms: number, work: () => void) => {
        const timer = setTimeout(work, ms).unref();
        return () => clearTimeout(timer);
      },
      random: (n: number) => new Uint8Array(randomBytes(n)),
    };
    services = await TestServices.start([conditionAnalysis], { clock });
    const put = (topic: 'fleet' | 'da.telemetry', all: readonly EventEnvelope[]): Promise<void> =>
      services.log.append(
        topic,
        all.map((event) => ({ event })),
      );
    await put('fleet', [...fleetFacts('org_test', ''), ...fleetFacts('org_other', 'x')]);
    for (const events of [...main, other])
      for (let i = 0; i < events.length; i += 400) await put('da.telemetry', events.slice(i, i + 400));
    await caughtUp();
  }, 120_000);
  afterAll(() => services.stop(), 60_000);

  it('names the spreader that needs work, why and what to do', async () => {
    const { counts, first, spreaders, lifts_24h } = await call('attention');
    expect(spreaders).toBe(3);
    expect(counts).toMatchObject({ ok: 1, no_data: 1 });
    expect(lifts_24h).toBeGreaterThanOrEqual(moves - 2);
    expect(first).toHaveLength(1);
    expect(first[0]).toMatchObject({
      number: 'SPR-0001',
      crane_number: 'STS-18',
      terminal_name: 'Gothenburg',
      finding: { title: 'Twistlock 3 slow to lock', failure_mode: 'FM-02', component: 'TL[3]' },
    });
    expect(first[0]?.finding.action).toContain('Grease');
  });

  it('shows a spreader by id or number, its newest values, health and reasons', async () => {
    const byNumber = await call('getSpreader', { params: { id: 'SPR-0001' } });
    expect(byNumber).toEqual(await call('getSpreader', { params: { id: 'spr_1' } }));
    expect(byNumber).toMatchObject({ connection: 'online', open_findings: 1, crane: { number: 'STS-18' } });
    expect(byNumber.live['hyd.press']?.value).toEqual(expect.any(Number));
    const sick = await call('getSpreaderHealth', { params: { id: 'spr_1' } });
    expect(sick.components.find(({ component }) => component === 'TL[3]')?.reasons[0]).toMatchObject({
      failure_mode: 'FM-02',
    });
    const well = await call('getSpreaderHealth', { params: { id: 'spr_2' } });
    expect(well.condition).toBe('ok');
    expect(well.score).toBeGreaterThan(90);
    expect(sick.score).toBeLessThan(well.score ?? 0);
  });

  it('speaks TIC 4.0, AEMP 2.0 and OPC 40020-1', async () => {
    const flat = (
      await services.call<Record<string, unknown>>('getSpreaderTic40', {
        params: { id: 'SPR-0001' },
        query: { form: 'flat', version: '2023.009' },
      })
    ).body;
    expect(flat).toMatchObject({
      'msg.version': '2023.009',
      'che.1.name': 'STS-18',
      'che.1.spreader.1.name': 'SPR-0001',
    });
    expect(Object.keys(flat).filter((path) => path.endsWith('.landed.status.output.actual.value'))).not.toEqual([]);
    expect(flat['che.1.health.1.errormessage.1.mcode']).toBe('FM-02');
    const unknown = await services.call('getSpreaderTic40', {
      params: { id: 'spr_1' },
      query: { version: '2020.001' },
    });
    expect(unknown.status).toBe(400);

    const fleet = await services.call<{ Equipment: { EquipmentHeader: { EquipmentID: string } }[]; Links: unknown[] }>(
      'aempFleet',
      { params: { page: '1' } },
    );
    expect(fleet.status).toBe(200);
    const { Equipment } = fleet.body;
    expect(Equipment[0]).toMatchObject({
      EquipmentHeader: { EquipmentID: 'SPR-0001' },
      CumulativeLoadCount: { Count: expect.any(Number) },
      CumulativePayloadTotals: { PayloadUnits: 'kilogram' },
    });
    expect((await services.call('aempFleet', { params: { page: '2' } })).status).toBe(404);
    expect((await services.call('aempFleet', { params: { page: 'x' } })).status).toBe(400);
    const days = { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
    const faults = await services.call<{ FaultCode: unknown[] }>('aempFaults', {
      params: { id: 'spr_1', page: '1', ...days },
    });
    expect(faults.body.FaultCode).toMatchObject([{ CodeIdentifier: 'FM-02', CodeSource: 'TL[3]' }]);

    const { peers } = services;
    const call = { requestId: 'req_xml', address: null };
    const xml = await fetch(`${peers.urlOf('condition-analysis')}/v1/aemp/Fleet/1`, {
      headers: { ...(await peers.headersFor(testAdministrator, call)), accept: 'application/xml' },
    });
    expect([xml.status, xml.headers.get('content-type')]).toEqual([200, 'application/xml; charset=utf-8']);
    expect(await xml.text()).toMatch(
      /^<\?xml [^>]*\?>\n<Fleet xmlns="http:\/\/standards.iso.org\/iso\/15143\/-3" version="1" snapshotTime="[^"]+"><Links>.*<EquipmentID>SPR-0001<\/EquipmentID>/,
    );

    const nodes = await services.call<{ Values: { BrowsePath: string; Value: unknown; StatusCode: number }[] }>(
      'getSpreaderNodeSet',
      { params: { id: 'spr_1' } },
    );
    expect(nodes.body.Values.find(({ BrowsePath }) => BrowsePath === '1:HydraulicPressure')).toMatchObject({
      StatusCode: 0,
      Value: expect.any(Number),
    });
  });

  it('pages moves newest first, each exactly once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = cursor === null ? { limit: '70' } : { limit: '70', cursor };
      const page: ApiAnswer<'listMoves'> = await call('listMoves', { params: { id: 'spr_1' }, query });
      seen.push(...page.data.map((move) => move.ended_at));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(moves);
    expect(seen).toEqual([...new Set(seen)].sort().reverse());
    expect(
      (await services.call('listMoves', { params: { id: 'spr_1' }, query: { cursor: 'bm9uc2Vuc2U' } })).status,
    ).toBe(400);
  });

  it('gives series in buckets with gaps as nulls, and limits', async () => {
    const from = new Date(end - 47 * hour).toISOString();
    const to = new Date(end + 3 * hour).toISOString();
    const { series, resolution } = await call('getSeries', {
      params: { id: 'spr_1' },
      query: { signals: 'hyd.press,tl[3].lockTime,never.seen', from, to, max_points: '100' },
    });
    expect(resolution).toMatch(/^PT\d+M$/);
    const [press, lock, never] = series;
    expect(press?.t.length).toBeLessThanOrEqual(100);
    expect(press?.mean[10]).toBeGreaterThan(90);
    expect(press?.mean.at(-1)).toBeNull();
    expect(press?.raw_points).toBeGreaterThan(2000);
    expect(lock?.raw_points).toBeGreaterThan(moves * 0.9);
    expect(lock?.limits).toContainEqual({ level: 'act_now', above: 3000 });
    expect(never?.mean.every((value) => value === null)).toBe(true);
    expect(
      (await services.call('getSeries', { params: { id: 'spr_1' }, query: { signals: 'x', from: to, to: from } }))
        .status,
    ).toBe(400);
  });

  it('lists findings with their evidence', async () => {
    const { data } = await call('listFindings', { query: { spreader: 'SPR-0001' } });
    expect(data).toHaveLength(1);
    const found = await call('getFinding', { params: { id: data[0]?.id ?? '' } });
    expect(found).toEqual(data[0]);
    expect(found.evidence[0]).toMatchObject({ signal: 'tl[3].lockRatio', count: 15 });
    expect(found.evidence[0]?.value).toBeGreaterThan(found.evidence[0]?.limit ?? Infinity);
    expect(found.provenance.block).toBe('AG');
  });

  it('keeps to organisation and terminals', async () => {
    const stranger: Principal = { ...testAdministrator, org: 'org_other' };
    expect((await services.call('getSpreader', { params: { id: 'spr_1' }, principal: stranger })).status).toBe(404);
    expect((await call('listFindings', { principal: stranger })).data).toEqual([]);
    const guest: Principal = { ...testAdministrator, roles: [{ role: 'viewer', scope: { terminals: ['ter_b'] } }] };
    expect((await call('listSpreaders', { principal: guest })).data.map(({ number }) => number)).toEqual(['SPR-0003']);
    expect((await services.call('getSpreader', { params: { id: 'spr_1' }, principal: guest })).status).toBe(404);
    expect((await call('listFindings', { principal: guest })).data).toEqual([]);
    expect((await services.call('getSpreader', { params: { id: 'nonsense' } })).status).toBe(404);
  });

  it('shows silence as no data, never as health', async () => {
    now = end + 16 * 60_000;
    const { data } = await call('listSpreaders');
    const { counts, catching_up } = await call('attention');
    now = end;
    // One of them has sent since, from its store.
    expect([counts.no_data, catching_up]).toEqual([3, 1]);
    expect(data.map(({ condition, health }) => [condition, health.score])).toEqual([
      ['no_data', null],
      ['no_data', null],
      ['no_data', null],
    ]);
  });

  it('appended facts in order, with ids that follow from what they say', async () => {
    const rows = (await facts()) as { stream: string; revision: string; event: string }[];
    const changed = rows
      .filter(({ stream }) => stream === 'condition-spr_1')
      .map(({ event }) => JSON.parse(event) as EventEnvelope);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed[0]).toMatchObject({
      id: 'evt_condition.spr_1.1',
      type: 'condition-changed',
      data: { level: 'watch', previous: 'ok', failureMode: 'FM-02' },
    });
    expect(
      rows
        .filter(({ stream }) => stream.startsWith('finding-'))
        .map(({ event }) => (JSON.parse(event) as EventEnvelope).type)[0],
    ).toBe('advice-raised');
  });

  it('takes a frame that comes twice once', async () => {
    const before = await dump();
    await services.log.append('da.telemetry', main[0]?.slice(200, 260).map((event) => ({ event })) ?? []);
    await caughtUp();
    const after = await dump();
    const calm = (rows: unknown[] | undefined): unknown =>
      rows?.map((row) => ({
        ...(row as object),
        state: (row as { state?: string }).state?.replace(/"duplicates":\d+/, ''),
      }));
    for (const table of tables) expect(calm(after[table])).toEqual(calm(before[table]));
  });

  it('rebuilds the same rows and says nothing twice', async () => {
    const [before, said] = [await dump(), await facts()];
    expect(before['move']?.length).toBe(2 * moves + 40);
    await services.stopOne('condition-analysis');
    for (const [consumer, owned] of Object.entries(views))
      await dropView(services.store('condition-analysis'), consumer, owned);
    expect((await dump())['move']).toEqual([]);
    const ends = {
      moves: await services.log.endOffsets('dm.moves'),
      condition: await services.log.endOffsets('condition'),
    };
    await services.startOne(conditionAnalysis);
    await caughtUp();
    expect(await dump()).toEqual(before);
    expect(await facts()).toEqual(said);
    expect({
      moves: await services.log.endOffsets('dm.moves'),
      condition: await services.log.endOffsets('condition'),
    }).toEqual(ends);
  }, 90_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { events, type DataOf, type EventEnvelope, type Principal, type RouteId } from '@quaywatch/contracts';
import { dropView, type ApiAnswer } from '@quaywatch/runtime';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { framesOf } from '../../../libs/domain/condition/test/scenario';
import { conditionAnalysis } from '../src/service';
import { views } from '../src/views';

const hour = 3_600_000;
const end = Date.UTC(2026, 10, 23);
const iso = (at: number): string => new Date(at).toISOString();
const range = { from: iso(end - 49 * hour), to: iso(end) };
const someone = (id: string): Principal => ({ ...testAdministrator, id });

const fact = (type: string, data: object, i: number): EventEnvelope => ({
  id: `evt_k${i}`,
  type,
  v: 1,
  source: 'fleet',
  org: 'org_test',
  key: 'fleet',
  time: end - 49 * hour,
  data,
});

const frames = (spreader: string, seed: number, moves: number): EventEnvelope[] =>
  [...framesOf(seed, moves, undefined, spreader)].map((data) => ({
    v: 1,
    source: 'ingest',
    org: 'org_test',
    key: spreader,
    id: `evt_k-${spreader}.${data.stream}.${data.seq}`,
    type: events.samplesReceived.type,
    time: data.samples[0]?.at[0] ?? 0,
    data: { ...data, btu: `B-${spreader}`, receivedAt: end },
  }));

/** Frames of another unit, 50 h later: after a rule was approved. */
const later = (spreader: string, seed: number): EventEnvelope[] =>
  frames(spreader, seed, 20).map((event) => {
    const data = event.data as DataOf<typeof events.samplesReceived>;
    const samples = data.samples.map((one) => ({ ...one, at: one.at.map((at) => at + 50 * hour) }));
    return {
      ...event,
      id: `${event.id}.b`,
      time: event.time + 50 * hour,
      data: { ...data, btu: `L-${spreader}`, samples },
    };
  });

describe('figures, stops, replay, rules and passports on the real log and store', () => {
  let services: TestServices;
  let now = end;
  const moves = 60;

  const call = async <R extends RouteId>(
    id: R,
    request: {
      params?: Record<string, string>;
      query?: Record<string, string>;
      body?: unknown;
      principal?: Principal;
    } = {},
  ): Promise<ApiAnswer<R>> => {
    const { status, body } = await services.call(id, request);
    if (status >= 300) throw new RangeError(`${id}: ${status} ${JSON.stringify(body)}`);
    return body as ApiAnswer<R>;
  };
  const put = (topic: 'fleet' | 'da.telemetry', all: readonly EventEnvelope[]): Promise<void> =>
    services.log.append(
      topic,
      all.map((event) => ({ event })),
    );
  const caughtUp = (): Promise<unknown> =>
    services.until(async () => {
      const rows = await services
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
            (offset, p) =>
              offset > 0 && Number(rows.find((row) => row.topic === topic && row.partition === p)?.next ?? 0) < offset,
          )
        )
          return false;
      }
      return true;
    }, 60_000);
  const dump = (): Promise<Record<string, unknown[]>> =>
    services.store('condition-analysis').transact(async (tx) => {
      const all: Record<string, unknown[]> = {};
      for (const table of Object.values(views).flat())
        all[table] = await tx.query(`select * from "${table}" t order by t::text`);
      return all;
    });
  const kpi = (answer: ApiAnswer<'getKpis'>, id: string, group = 0) =>
    answer.groups[group]?.kpis.find((one) => one.id === id);

  beforeAll(async () => {
    const clock = {
      now: () => now,
      after: (ms: number, work: () => void) => {
        const timer = setTimeout(work, ms).unref();
        return () => clearTimeout(timer);
      },
      random: (n: number) => crypto.getRandomValues(new Uint8Array(n)),
    };
    services = await TestServices.start([conditionAnalysis], { clock });
    await put('fleet', [
      fact(
        'terminal-created',
        { terminal: 'ter_a', name: 'Gothenburg', timeZone: 'Europe/Stockholm', craneHourValue: null },
        1,
      ),
      fact('crane-created', { crane: 'crn_1', number: 'STS-18', terminal: 'ter_a', type: 'sts' }, 2),
      ...['1', '2'].map((n, i) =>
        fact(
          'spreader-created',
          {
            spreader: `spr_${n}`,
            number: `SPR-000${n}`,
            serial: `S${n}`,
            model: `Model ${n}`,
            type: 'sts_single',
            drive: 'hydraulic',
            terminal: 'ter_a',
          },
          3 + i,
        ),
      ),
      fact('spreader-assigned', { spreader: 'spr_1', crane: 'crn_1', from: end - 60 * hour }, 6),
    ]);
    await put('da.telemetry', frames('spr_1', 1, moves));
    const other = frames('spr_2', 2, moves);
    await put('da.telemetry', other);
    await caughtUp();
  }, 120_000);
  afterAll(() => services.stop(), 60_000);

  it('counts figures with their sample size, and cuts them', async () => {
    const fleet = await call('getKpis', { query: range });
    expect(kpi(fleet, 'moves')?.value).toBeGreaterThan(2 * moves - 4);
    expect(kpi(fleet, 'mmbf.all')).toMatchObject({ value: null, n: 0 });
    expect(kpi(fleet, 'mmbf.all')?.low).toBeCloseTo((kpi(fleet, 'moves')?.value ?? 0) / 2.9957, 0);
    expect(fleet.definitions['mmbf.all']?.counting).toContain('60 min');
    const lock = kpi(fleet, 'lock_time');
    expect(lock?.n).toBeGreaterThan(moves);
    const cranes = await call('getKpis', { query: { ...range, group_by: 'crane' } });
    expect(cranes.groups.map(({ name, spreaders }) => [name, spreaders])).toEqual([
      ['STS-18', 1],
      ['–', 1],
    ]);
    const shifts = await call('getKpis', { query: { ...range, group_by: 'shift' } });
    const sum = shifts.groups.reduce((all, _, i) => all + (kpi(shifts, 'moves', i)?.value ?? 0), 0);
    expect(sum).toBe(kpi(fleet, 'moves')?.value);
    expect(shifts.groups.every((_, i) => kpi(shifts, 'availability', i)?.value === null)).toBe(true);
    expect((await services.call('getKpis', { query: { ...range, driver: 'x' } })).status).toBe(400);
  });

  it('counts a recorded stop, and its correction instead of it', async () => {
    const stop = {
      from: iso(end - 5 * hour),
      to: iso(end - 4 * hour),
      cause: 'equipment',
      ending: 'repair',
      root_cause: 'TL[3]',
      times: { response: 10, diagnosis: 5, parts: 20, repair: 20, test: 5 },
    };
    const { id } = await call('recordStop', { params: { id: 'SPR-0001' }, body: stop });
    const after = await call('getKpis', { query: { ...range, spreader: 'spr_1' } });
    expect(kpi(after, 'mmbf.confirmed')).toMatchObject({ n: 1, value: kpi(after, 'moves')?.value });
    expect(kpi(after, 'mttr')).toMatchObject({ value: 60, parts: { parts: 20 } });
    expect(kpi(after, 'availability')?.value).toBeLessThan(100);
    await call('correctStop', { params: { id }, body: { ...stop, cause: 'operator', note: 'Was let down too hard.' } });
    expect(kpi(await call('getKpis', { query: { ...range, spreader: 'spr_1' } }), 'mmbf.confirmed')?.n).toBe(0);
    const { data } = await call('listStops', { query: range });
    expect(data.filter(({ confirmed }) => confirmed)).toMatchObject([
      { id, cause: 'operator', note: 'Was let down too hard.' },
    ]);
    expect(
      (await services.call('recordStop', { params: { id: 'SPR-0001' }, body: { ...stop, to: iso(end - 6 * hour) } }))
        .status,
    ).toBe(400);
  });

  it('replays all signals of a window, with its gaps', async () => {
    const window = { from: iso(end - 3 * hour), to: iso(end + hour), max_points: '240' };
    const replay = await call('getReplay', { params: { id: 'spr_1' }, query: window });
    expect(replay.t.length).toBeLessThanOrEqual(240);
    const of = (signal: string) => replay.signals.find((one) => one.signal === signal);
    expect(of('hyd.press')?.mean.filter((value) => value !== null).length).toBeGreaterThan(100);
    expect(of('hyd.press')?.mean.at(-1)).toBeNull();
    expect(of('tl[1].locked')?.max).toContain(1);
    expect(of('tl[1].locked')?.min).toContain(0);
    expect(of('tl[3].lockTime')?.raw_points).toBe(replay.moves.length);
    expect(replay.moves.length).toBeGreaterThan(1);
    expect(replay.gaps.at(-1)).toMatchObject({ to: iso(end + hour) });
    expect(
      (
        await services.call('getReplay', {
          params: { id: 'spr_1' },
          query: { from: iso(end - 30 * hour), to: iso(end) },
        })
      ).status,
    ).toBe(400);
  });

  it('shows bursts of a window, whole or lost', async () => {
    const burst = (n: number, startAt: number, more: object) => ({
      v: 1,
      source: 'ingest',
      org: 'org_test',
      key: 'spr_1',
      id: `evt_k-burst.${n}`,
      time: startAt,
      data: {
        btu: 'B-spr_1',
        spreader: 'spr_1',
        burst: `b${n}`,
        signal: 'vib.rms',
        trigger: 'snag',
        command: null,
        startAt,
        rate: 100,
        samples: 300,
        ...more,
      },
    });
    const received = { sha256: 'aa', object: 'burst/1' };
    await put('da.telemetry', [
      { type: 'burst-received', ...burst(1, end - 2 * hour, received) },
      { type: 'burst-lost', ...burst(2, end - hour, { missing: [3], reason: 'a chunk never came' }) },
      { type: 'burst-received', ...burst(3, end - 20 * hour, received) },
    ]);
    await caughtUp();
    const { bursts } = await call('getReplay', {
      params: { id: 'spr_1' },
      query: { from: iso(end - 3 * hour), to: iso(end) },
    });
    expect(bursts).toEqual([
      {
        id: 'b1',
        btu: 'B-spr_1',
        signal: 'vib.rms',
        trigger: 'snag',
        from: iso(end - 2 * hour),
        to: iso(end - 2 * hour + 3000),
        rate: 100,
        samples: 300,
        lost: false,
      },
      expect.objectContaining({ id: 'b2', lost: true }),
    ]);
  });

  it('says which failure modes can be seen', async () => {
    const { modes } = await call('getCoverage', { params: { id: 'spr_1' } });
    expect(modes.find(({ failure_mode }) => failure_mode === 'FM-02')).toMatchObject({ cover: 'seen', missing: [] });
    expect(modes.find(({ failure_mode }) => failure_mode === 'FM-21')?.cover ?? 'blind').toBe('blind');
  });

  it('a rule is checked, back-tested, approved by somebody else, and then raises findings', async () => {
    const text = {
      name: 'Any pressure',
      expression: 'num("hyd.press") > 1.0',
      form: null,
      component: 'HYD.P',
      level: 'watch',
      risk: 'production',
      hold: 5,
      action: 'Look',
      repairHours: 1,
      models: ['Model 1'],
      spreaders: [],
    };
    expect(await call('checkRule', { body: { expression: 'num("no.such") > 1.0', form: null } })).toMatchObject({
      valid: false,
    });
    expect((await services.call('draftRule', { body: { ...text, expression: 'while(true)' } })).status).toBe(400);
    const tested = await call('backTestRule', { body: { text, ...range } });
    expect(tested).toMatchObject({ spreaders: 1, unknown: 0 });
    expect(tested.raised).toBeGreaterThan(0);
    expect(tested.evaluations).toBeGreaterThan(100);
    const { id } = await call('draftRule', { body: text, principal: someone('usr_a') });
    expect(
      (
        await services.call('approveRule', {
          params: { id },
          body: { version: 1, reason: 'x' },
          principal: someone('usr_a'),
        })
      ).status,
    ).toBe(403);
    await call('approveRule', { params: { id }, body: { version: 1, reason: 'good' }, principal: someone('usr_b') });
    now = end + 60 * hour;
    await put('da.telemetry', later('spr_1', 7));
    await put('da.telemetry', later('spr_2', 8));
    await caughtUp();
    const { data } = await call('listFindings', { query: { status: 'all' } });
    const raised = data.filter(({ failure_mode }) => failure_mode === id);
    expect(raised.length).toBeGreaterThan(0);
    expect(raised[0]).toMatchObject({
      spreader_id: 'spr_1',
      title: 'Any pressure',
      provenance: { algorithm: `operator-rule/${id}`, version: '1' },
    });
    await call('switchRuleOff', { params: { id }, body: { reason: 'too many' } });
    expect((await call('getRule', { params: { id } })).history.map(({ what, by }) => [what, by])).toMatchObject([
      ['drafted', 'usr_a'],
      ['approved', 'usr_b'],
      ['switched_off', expect.any(String)],
    ]);
    const guest: Principal = {
      ...testAdministrator,
      roles: [{ role: 'fleet_manager', scope: { terminals: ['ter_a'] } }],
    };
    expect((await services.call('draftRule', { body: text, principal: guest })).status).toBe(403);
  }, 60_000);

  it('a twistlock takes its cycles along from spreader to spreader', async () => {
    const fit = (spreader: string, at: number, serial = 'TL-1') =>
      call('fitComponent', {
        params: { id: spreader },
        body: { kind: 'twistlock', serial, position: 'TL[3]', at: iso(at), cycles_before: 1000 },
      });
    await fit('spr_1', end - 48.5 * hour);
    const before = await call('getPassport', { params: { id: 'TL-1' } });
    expect(before.cycles).toBeGreaterThan(1000 + moves - 5);
    expect(before.damage).toBeGreaterThan(0);
    await call('removeComponent', {
      params: { id: 'spr_1', serial: 'TL-1' },
      body: { at: iso(end - 24 * hour), reason: 'swap' },
    });
    await fit('spr_2', end - 24 * hour);
    const after = await call('getPassport', { params: { id: 'TL-1' } });
    expect(after.history.map(({ spreader_number, removed_because }) => [spreader_number, removed_because])).toEqual([
      ['SPR-0001', 'swap'],
      ['SPR-0002', null],
    ]);
    expect(after.cycles).toBe(1000 + after.history.reduce((sum, { cycles }) => sum + cycles, 0));
    await fit('spr_2', end - 12 * hour, 'TL-2');
    expect(await call('getPassport', { params: { id: 'TL-1' } })).toMatchObject({ spreader_id: null });
    expect(
      (
        await services.call('fitComponent', {
          params: { id: 'spr_1' },
          body: { kind: 'twistlock', serial: 'TL-2', position: 'TL[1]' },
        })
      ).status,
    ).toBe(409);
    expect((await call('listPassports', { query: { spreader: 'SPR-0002' } })).data.map(({ serial }) => serial)).toEqual(
      ['TL-2'],
    );
  });

  it('says what components have used of what they are made for, and from what', async () => {
    const { components } = await call('getRemainingLife', { params: { id: 'SPR-0002' } });
    expect(components.map(({ component, serial, basis }) => [component, serial, basis])).toEqual([
      ['SPR', null, 'designed_working_period'],
      ['STR', null, 'fatigue'],
      ['TL[3]', 'TL-2', 'lock_cycles'],
    ]);
    for (const one of components) {
      expect(one.used).toBeGreaterThan(0);
      expect(one.provenance).toMatchObject({ block: 'PA', algorithm: expect.stringMatching(/^remaining-life\//) });
    }
    // Less than a week is on record of the spreader; the twistlock's cycles are those of its passport.
    expect(components[0]).toMatchObject({ years: null, coverage: 0.9 });
    const passport = await call('getPassport', { params: { id: 'TL-2' } });
    expect(components[2]?.used).toBeCloseTo((100 * passport.cycles) / 300_000, 4);
    expect((await services.call('getRemainingLife', { params: { id: 'SPR-0009' } })).status).toBe(404);
  });

  it('counts the parts of the cycle', async () => {
    const cycle = kpi(await call('getKpis', { query: range }), 'cycle_time');
    for (const part of ['toLock', 'lock', 'carry', 'toRelease']) {
      expect(cycle?.parts[part]).toBeGreaterThan(0);
      expect(cycle?.parts[`${part}.p90`]).toBeGreaterThanOrEqual(cycle?.parts[part] ?? 0);
    }
  });

  it('rebuilds the same rows', async () => {
    await caughtUp();
    const before = await dump();
    expect(before['kpi_hour']?.length).toBeGreaterThan(10);
    await services.stopOne('condition-analysis');
    for (const [consumer, owned] of Object.entries(views))
      await dropView(services.store('condition-analysis'), consumer, owned);
    await services.startOne(conditionAnalysis);
    await caughtUp();
    expect(await dump()).toEqual(before);
  }, 90_000);
});

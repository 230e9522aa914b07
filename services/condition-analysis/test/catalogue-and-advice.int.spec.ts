import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { events, type DataOf, type EventEnvelope, type Principal, type RouteId } from '@quaywatch/contracts';
import { dropView, type ApiAnswer } from '@quaywatch/runtime';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { framesOf, type Fault } from '../../../libs/domain/condition/test/scenario';
import { conditionAnalysis } from '../src/service';
import { views } from '../src/views';

const hour = 3_600_000;
const end = Date.UTC(2026, 10, 23);
const iso = (at: number): string => new Date(at).toISOString();
const range = { from: iso(end - 60 * hour), to: iso(end + 60 * hour) };
const someone = (id: string, more: Partial<Principal> = {}): Principal => ({ ...testAdministrator, id, ...more });
const stiff: Fault = {
  move: (plan) => (plan.lockTime[2] = (plan.lockTime[2] ?? 0) * (1 + Math.max(0, plan.share - 0.4))),
};

const fact = (type: string, data: object, i: number, source = 'fleet'): EventEnvelope => ({
  id: `evt_ca${i}`,
  type,
  v: 1,
  source,
  org: 'org_test',
  key: source,
  time: end - 49 * hour,
  data,
});

/** Frames of a spreader; `shift` later and by another unit where given. */
const frames = (spreader: string, seed: number, fault?: Fault, shift = 0): EventEnvelope[] =>
  [...framesOf(seed, shift === 0 ? 130 : 20, fault, spreader)].map((data) => {
    const btu = `B${shift}-${spreader}`;
    return {
      v: 1,
      source: 'ingest',
      org: 'org_test',
      key: spreader,
      id: `evt_ca-${btu}.${data.stream}.${data.seq}`,
      type: events.samplesReceived.type,
      time: (data.samples[0]?.at[0] ?? 0) + shift,
      data: {
        ...data,
        btu,
        receivedAt: end + shift,
        samples: data.samples.map((one) => ({ ...one, at: one.at.map((at) => at + shift) })),
      } satisfies DataOf<typeof events.samplesReceived>,
    };
  });

describe('the catalogue as data, and recommendations that prove themselves', () => {
  let services: TestServices;
  let now = end;

  const call = async <R extends RouteId>(
    id: R,
    request: { params?: Record<string, string>; query?: Record<string, string>; body?: unknown; principal?: Principal },
  ): Promise<ApiAnswer<R>> => {
    const { status, body } = await services.call(id, request);
    if (status >= 300) throw new RangeError(`${id}: ${status} ${JSON.stringify(body)}`);
    return body as ApiAnswer<R>;
  };
  const put = (topic: 'fleet' | 'access' | 'da.telemetry', all: readonly EventEnvelope[]): Promise<void> =>
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
      for (const topic of ['da.telemetry', 'fleet', 'condition', 'access'] as const)
        for (const [p, offset] of (await services.log.endOffsets(topic)).entries())
          if (offset > 0 && Number(rows.find((row) => row.topic === topic && row.partition === p)?.next ?? 0) < offset)
            return false;
      return true;
    }, 60_000);
  const dump = (): Promise<Record<string, unknown[]>> =>
    services.store('condition-analysis').transact(async (tx) => {
      const all: Record<string, unknown[]> = {};
      for (const table of Object.values(views).flat())
        all[table] = await tx.query(`select * from "${table}" t order by t::text`);
      return all;
    });
  const theStiffOne = async () => {
    const { data } = await call('listFindings', { query: { status: 'all', spreader: 'spr_1' } });
    const found = data.find(({ failure_mode }) => failure_mode === 'FM-02');
    if (!found) throw new RangeError('no finding of the stiff twistlock');
    return found;
  };

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
      ...['a', 'b'].map((n, i) =>
        fact(
          'terminal-created',
          { terminal: `ter_${n}`, name: `Terminal ${n}`, timeZone: 'UTC', craneHourValue: null },
          i,
        ),
      ),
      ...['1', '2'].map((n, i) =>
        fact(
          'spreader-created',
          {
            spreader: `spr_${n}`,
            number: `SPR-000${n}`,
            serial: `S${n}`,
            model: `Model ${n}`,
            type: n === '1' ? 'sts_single' : 'sts_twin',
            drive: 'hydraulic',
            terminal: n === '1' ? 'ter_a' : 'ter_b',
          },
          3 + i,
        ),
      ),
    ]);
    await caughtUp();
    await put('da.telemetry', frames('spr_1', 1, stiff));
    await caughtUp();
  }, 120_000);
  afterAll(() => services.stop(), 60_000);

  it('lists every setting with its value and origin, and knows types and models', async () => {
    const page = await call('listSettings', { query: { limit: '1000' } });
    expect(page.data.length).toBeGreaterThan(700);
    expect(new Set(page.data.map(({ origin }) => origin))).toEqual(new Set(['default']));
    const first = await call('listSettings', { query: { limit: '10', find: 'safe working load' } });
    expect(first.data[0]).toMatchObject({ id: 'signs/swl', value: 41, unit: 't', kind: 'number' });
    const twin = await call('listSettings', { query: { scope: 'spreader', of: 'SPR-0002', find: 'signs/swl' } });
    expect(twin.data).toMatchObject([{ value: 50, default: 41, origin: 'type-default' }]);
    expect((await call('listModels', {})).data).toMatchObject([
      { model: 'Model 1', type: 'sts_single', spreaders: 1, rated_load: 41, own_settings: 0 },
      { model: 'Model 2', type: 'sts_twin', spreaders: 1, rated_load: 50 },
    ]);
  });

  it('back-tests limits on history before they hold', async () => {
    const limit = (watch: number, plan: number, act: number) => [
      { setting: 'limits/tl[n].lockRatio/ratio-above/watch', value: watch },
      { setting: 'limits/tl[n].lockRatio/ratio-above/plan', value: plan },
      { setting: 'limits/tl[n].lockRatio/ratio-above/act-now', value: act },
    ];
    const test = (changes: object[]) =>
      call('backTestSettings', { body: { scope: 'model', of: 'Model 1', changes, ...range } });
    const loose = await test([...limit(0.9, 1.2, 1.5), { setting: 'advice/wait-hours', value: 3 }]);
    expect(loose).toMatchObject({ spreaders: 1, not_tested: ['advice/wait-hours'], now: { raised: 1, confirmed: 1 } });
    expect(loose.proposed.raised).toBe(0);
    expect(loose.cases).toMatchObject([
      { indicator: 'tl[3].lockRatio', with: 'now', number: 'SPR-0001', failure_modes: ['FM-01', 'FM-02', 'FM-04'] },
    ]);
    expect(loose.modes.map(({ failure_mode, now, proposed }) => [failure_mode, now, proposed])).toEqual(
      ['FM-01', 'FM-02', 'FM-04'].map((mode) => [mode, { raised: 1, confirmed: 1 }, { raised: 0, confirmed: 0 }]),
    );
    expect(loose.observations).toBeGreaterThan(300);
    const tight = await test(limit(0.001, 0.002, 0.003));
    expect(tight.proposed.raised).toBeGreaterThan(1);
    const bad = await services.call('backTestSettings', {
      body: { scope: 'organisation', of: null, changes: limit(0.9, 0.2, 1.5), ...range },
    });
    expect(bad.status).toBe(400);
  }, 60_000);

  it('lets an edit hold for data from then on, with who, when and why, and takes it back', async () => {
    const press = (watch: number, plan: number, act: number) => [
      { setting: 'limits/hyd.press/value-below/watch', value: watch },
      { setting: 'limits/hyd.press/value-below/plan', value: plan },
      { setting: 'limits/hyd.press/value-below/act-now', value: act },
    ];
    const body = { scope: 'terminal', of: 'ter_a', changes: press(300, 290, 20), reason: 'trial' };
    const before = await dump();
    const { id, state } = await call('editSettings', { body, principal: someone('usr_a') });
    expect(state).toBe('on');
    expect((await dump())['spreader_state']).toEqual(before['spreader_state']);
    const here = await call('listSettings', { query: { scope: 'spreader', of: 'spr_1', changed: 'true' } });
    expect(here.data).toMatchObject(
      [300, 290, 20].map((value) => ({ value, origin: 'terminal', edit_id: id, changed_by: 'usr_a' })),
    );
    now = end + 55 * hour;
    await put('da.telemetry', [
      ...frames('spr_1', 3, undefined, 50 * hour),
      ...frames('spr_2', 4, undefined, 50 * hour),
    ]);
    await caughtUp();
    const { data } = await call('listFindings', { query: { status: 'all' } });
    const pump = data.filter(({ failure_mode }) => failure_mode === 'FM-15');
    expect(pump).toMatchObject([{ spreader_id: 'spr_1', level: 'plan' }]);
    expect(pump[0]?.provenance.algorithm).toMatch(/^fm-15@quaywatch-condition@\d+\+[0-9a-f]{16}$/);
    const back = await call('revertSettingEdit', { params: { id }, body: { reason: 'was a trial' } });
    expect((await call('listSettings', { query: { scope: 'spreader', of: 'spr_1', changed: 'true' } })).data).toEqual(
      [],
    );
    const edits = await call('listSettingEdits', { query: { setting: 'limits/hyd.press/value-below/plan' } });
    expect(edits.data).toMatchObject([
      { id: back.id, reverts: id, state: 'on', reason: 'was a trial' },
      { id, of_name: 'Terminal a', by: 'usr_a', reason: 'trial', changes: [{}, { before: null, value: 290 }, {}] },
    ]);
  }, 60_000);

  it('refuses what cannot be, and who may not', async () => {
    const edit = async (body: object, principal?: Principal): Promise<number> =>
      (
        await services.call('editSettings', {
          body: { scope: 'organisation', of: null, reason: 'r', ...body },
          ...(principal ? { principal } : {}),
        })
      ).status;
    const swl = (value: unknown) => ({ changes: [{ setting: 'signs/swl', value }] });
    expect(await edit({ changes: [{ setting: 'no/such', value: 1 }] })).toBe(400);
    expect(await edit(swl('heavy'))).toBe(400);
    expect(await edit({ changes: [...swl(40).changes, ...swl(39).changes] })).toBe(400);
    expect(await edit(swl(null))).toBe(409);
    const atA = someone('usr_c', { roles: [{ role: 'fleet_manager', scope: { terminals: ['ter_a'] } }] });
    expect(await edit(swl(40), atA)).toBe(403);
    expect(await edit({ ...swl(40), scope: 'model', of: 'Model 1' }, atA)).toBe(403);
    expect(await edit({ ...swl(40), scope: 'terminal', of: 'ter_b' }, atA)).toBe(404);
    expect(await edit({ ...swl(40), scope: 'spreader', of: 'spr_2' }, atA)).toBe(404);
    expect(await edit({ ...swl(40), scope: 'spreader', of: 'SPR-0001' }, atA)).toBe(201);
    expect(await edit({ ...swl(40), scope: 'type', of: 'no_such' })).toBe(404);
  });

  it('takes settings of types and models before their first spreader comes', async () => {
    const edit = (scope: string, of: string, value: number) =>
      call('editSettings', { body: { scope, of, changes: [{ setting: 'signs/swl', value }], reason: 'ordered' } });
    await edit('type', 'mhc', 48);
    await edit('model', 'Model 3', 47);
    const rated = async (scope: string, of: string) =>
      (await call('listSettings', { query: { scope, of, find: 'signs/swl' } })).data[0];
    expect(await rated('type', 'mhc')).toMatchObject({ value: 48, origin: 'type' });
    expect(await rated('model', 'Model 3')).toMatchObject({ value: 47, origin: 'model' });
    expect((await call('listModels', {})).data.find(({ model }) => model === 'Model 3')).toMatchObject({
      spreaders: 0,
      own_settings: 1,
      rated_load: 47,
    });
    const atA = someone('usr_c', { roles: [{ role: 'fleet_manager', scope: { terminals: ['ter_a'] } }] });
    expect((await call('listModels', { principal: atA })).data.map(({ model }) => model)).toEqual(['Model 1']);
    await put('fleet', [
      fact(
        'spreader-created',
        {
          spreader: 'spr_3',
          number: 'SPR-0003',
          serial: 'S3',
          model: 'Model 3',
          type: 'mhc',
          drive: 'hydraulic',
          terminal: 'ter_b',
        },
        60,
      ),
    ]);
    await caughtUp();
    expect(await rated('spreader', 'SPR-0003')).toMatchObject({ value: 47, origin: 'model' });
  });

  it('waits for a second person where the organisation asks for that', async () => {
    const policy = { secondFactor: 'required', fourEyes: true, by: 'usr_a' };
    await put('access', [fact('access-policy-set', policy, 50, 'user-access')]);
    await caughtUp();
    const body = {
      scope: 'type',
      of: 'sts_twin',
      changes: [{ setting: 'failure-modes/FM-02/parts', value: ['Bushing set'] }],
      reason: 'better part',
    };
    const { id, state } = await call('editSettings', { body, principal: someone('usr_a') });
    expect(state).toBe('waiting');
    const parts = async () =>
      (await call('listSettings', { query: { scope: 'spreader', of: 'spr_2', find: 'failure-modes/FM-02/parts' } }))
        .data[0];
    expect((await parts())?.origin).toBe('default');
    expect((await call('listSettingEdits', { query: { state: 'waiting' } })).data.map((one) => one.id)).toEqual([id]);
    const decide = (who: string, outcome = 'approved') =>
      services.call('decideSettingEdit', {
        params: { id },
        body: { outcome, reason: 'good' },
        principal: someone(who),
      });
    expect((await decide('usr_a')).status).toBe(403);
    expect((await decide('usr_b')).status).toBe(200);
    expect((await decide('usr_b')).status).toBe(409);
    expect(await parts()).toMatchObject({ value: ['Bushing set'], origin: 'type', changed_by: 'usr_a' });
  });

  it('ranks causes, takes what people did and found, and publishes its precision', async () => {
    const { id } = await theStiffOne();
    const fresh = await call('getFinding', { params: { id } });
    expect(fresh.causes[0]).toMatchObject({ failure_mode: 'FM-02', component: 'TL[3]' });
    expect(fresh.causes.length).toBeGreaterThan(2);
    expect(fresh.causes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
    expect(fresh).toMatchObject({ progress: null, proof: 'none', verdict: null });
    const progress = (body: object) => services.call('progressFinding', { params: { id }, body });
    expect((await progress({ state: 'rejected' })).status).toBe(400);
    expect((await progress({ state: 'planned', when: iso(now + 20 * hour), note: 'next stop' })).status).toBe(200);
    expect(await call('getFinding', { params: { id } })).toMatchObject({
      progress: { state: 'planned', note: 'next stop' },
    });
    await call('judgeFinding', {
      params: { id },
      body: { verdict: 'other_cause', failure_mode: 'FM-04', component: 'TL[3].ACT' },
    });
    const first = await call('getPrecision', { query: range });
    expect(first.modes.find(({ failure_mode }) => failure_mode === 'FM-02')).toMatchObject({
      judged: 1,
      confirmed: 0,
      other_cause: 1,
      precision: 0,
      useful: 1,
    });
    await call('judgeFinding', { params: { id }, body: { verdict: 'confirmed' } });
    const second = await call('getPrecision', { query: range });
    expect(second.modes.find(({ failure_mode }) => failure_mode === 'FM-02')).toMatchObject({
      judged: 1,
      confirmed: 1,
      precision: 1,
      low: expect.closeTo(0.05, 3),
      high: 1,
    });
    expect(second.all.raised).toBeGreaterThanOrEqual(second.all.judged);
    const strange = { verdict: 'other_cause', failure_mode: 'FM-99' };
    expect((await services.call('judgeFinding', { params: { id }, body: strange })).status).toBe(400);
    const elsewhere = someone('usr_d', { roles: [{ role: 'engineer', scope: { terminals: ['ter_b'] } }] });
    for (const [route, body] of [
      ['judgeFinding', { verdict: 'confirmed' }],
      ['progressFinding', { state: 'accepted' }],
    ] as const)
      expect((await services.call(route, { params: { id }, body, principal: elsewhere })).status).toBe(404);
  });

  it('traces a finding down to the frames that the unit sent', async () => {
    const { id } = await theStiffOne();
    const { steps } = await call('traceFinding', { params: { id } });
    expect(steps.map(({ block }) => block)).toEqual(['AG', 'HA', 'SD', 'DM', 'DA']);
    for (const step of steps)
      expect(step).toMatchObject({ algorithm: expect.stringMatching(/./), version: expect.stringMatching(/./) });
    const moves = steps[3]?.items.filter(({ kind }) => kind === 'move') ?? [];
    expect(moves.length).toBeGreaterThan(5);
    expect(moves.every(({ value }) => value !== null)).toBe(true);
    expect(steps[2]?.settings.map((one) => one.id)).toContain('limits/tl[n].lockRatio/ratio-above/plan');
    const all = [...frames('spr_1', 1, stiff), ...frames('spr_1', 3, undefined, 50 * hour)];
    const sent = all.map(({ data }) => {
      const { btu, stream, boot, seq } = data as DataOf<typeof events.samplesReceived>;
      return `${btu}/${stream}/${boot}/${seq}`;
    });
    expect(steps[4]?.items.length).toBeGreaterThan(0);
    for (const item of steps[4]?.items ?? []) expect(sent).toContain(item.id);
    expect((await services.call('traceFinding', { params: { id: 'fnd_none' } })).status).toBe(404);
  });

  it('rebuilds the same rows, edits and reported repairs included', async () => {
    const { id } = await theStiffOne();
    await call('progressFinding', {
      params: { id },
      body: { state: 'repaired', when: iso(end - 2 * hour), exchanged: true },
    });
    await caughtUp();
    const before = await dump();
    expect(before['settings_edit']?.length).toBeGreaterThan(2);
    await services.stopOne('condition-analysis');
    for (const [consumer, owned] of Object.entries(views))
      await dropView(services.store('condition-analysis'), consumer, owned);
    await services.startOne(conditionAnalysis);
    await caughtUp();
    const after = await dump();
    for (const table of Object.values(views).flat()) expect([table, after[table]]).toEqual([table, before[table]]);
  }, 90_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { events, type EventEnvelope, type Principal, type RouteId } from '@quaywatch/contracts';
import { dropView, type ApiAnswer } from '@quaywatch/runtime';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { framesOf } from '../../../libs/domain/condition/test/scenario';
import { conditionAnalysis } from '../src/service';
import { views } from '../src/views';

const hour = 3_600_000;
const end = Date.UTC(2026, 10, 23);
const iso = (at: number): string => new Date(at).toISOString();
const range = { from: iso(end - 49 * hour), to: iso(end + hour) };
const ulid = (n: number): string => `01KAZ2V6E0G4T2M1P8RQ5W7${String(n).padStart(3, '0')}`;
const counted = { btu: 'B-1', spreader: 'spr_1', boot: 1, historical: false };

const event = (type: string, id: string, data: object, source = 'ingest'): EventEnvelope => ({
  ...{ id: `evt_${id}`, type, v: 1, source, org: 'org_test', key: 'spr_1', time: end, data },
});
const move = (n: number, startedAt: number, endedAt: number, more: object = {}): EventEnvelope => {
  const body = { move: ulid(n), startedAt, endedAt, class: 'single40', boxes: 1, total: n + 1, features: {} };
  return event('device-move-reported', `B-1.1.move.${n}`, { ...counted, ...body, ...more });
};
const histogram = (n: number, more: object = {}): EventEnvelope => {
  const times = { from: end - (n + 1) * hour, to: end - n * hour };
  const bins = { axes: [{ quantity: 'value', edges: [0, 40, 80] }], counts: [n, 10], outside: 1 };
  const head = { signal: 'hyd.oilTemp', counted: 'samples' };
  return event('histogram-reported', `B-1.1.hist.${n}`, { ...counted, ...head, ...times, ...bins, ...more });
};

describe('what devices count themselves', () => {
  let services: TestServices;

  const call = async <R extends RouteId>(id: R, query: Record<string, string>): Promise<ApiAnswer<R>> => {
    const { status, body } = await services.call(id, { params: { id: 'spr_1' }, query });
    if (status >= 300) throw new RangeError(`${id}: ${status} ${JSON.stringify(body)}`);
    return body as ApiAnswer<R>;
  };
  const put = (topic: 'fleet' | 'da.telemetry', all: readonly EventEnvelope[]): Promise<void> =>
    services.log.append(
      topic,
      all.map((one) => ({ event: one })),
    );
  const rows = () =>
    services.store('condition-analysis').transact(async (tx) => ({
      moves: await tx.query('select * from device_move order by move'),
      histograms: await tx.query('select * from device_histogram order by event'),
    }));
  const stored = (moves: number): Promise<unknown> =>
    services.until(async () => (await rows().catch(() => undefined))?.moves.length === moves);

  beforeAll(async () => {
    services = await TestServices.start([conditionAnalysis as never]);
    const spreader = {
      ...{ spreader: 'spr_1', number: 'S-1', serial: 'S1', model: 'M', type: 'sts_single', drive: 'hydraulic' },
      terminal: 'ter_1',
    };
    await put('fleet', [event('spreader-created', 'f1', spreader, 'fleet')]);
    const frames = [...framesOf(1, 12, undefined, 'spr_1')].map((data) =>
      event(events.samplesReceived.type, `S.${data.stream}.${data.seq}`, { ...data, btu: 'B-1', receivedAt: end }),
    );
    await put('da.telemetry', frames);
    await services.until(async () => (await call('listMoves', {}).catch(() => undefined))?.data.length === 12);
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  it('are moves beside those of the platform, which stay as many as they were', async () => {
    const own = (await call('listMoves', {})).data.reverse();
    // The fifth is not told, the last is one that nobody else saw; each is sent twice.
    const told = own.flatMap(({ started_at, ended_at }, n) =>
      n === 4 ? [] : [move(n, Date.parse(started_at) + 300, Date.parse(ended_at) - 200)],
    );
    const late = move(20, end, end + 60_000, { total: 13 });
    const unbound = move(21, end, end + 1, { spreader: null });
    await put('da.telemetry', [...told, ...told, late, unbound]);
    await stored(12);
    expect(await call('compareMoves', range)).toMatchObject({
      ...{ by_platform: 12, by_device: 12, matched: 11, only_platform: [own[4]?.id], only_device: [ulid(20)] },
      ...{ untold: 1, counter_restarts: 0 },
    });
    expect((await call('listMoves', {})).data).toHaveLength(12);
    const page = await call('listDeviceMoves', { limit: '5' });
    expect(page.data[0]).toMatchObject({ id: ulid(20), btu: 'B-1', class: 'single40', total: 13, historical: false });
    const next = await call('listDeviceMoves', { limit: '100', cursor: page.next_cursor ?? '' });
    expect([page.data.length, next.data.length, next.has_more]).toEqual([5, 7, false]);
  });

  it('are histograms, added up over a time when their bins are the same', async () => {
    const otherBins = { axes: [{ quantity: 'value', edges: [0, 50] }], counts: [4] };
    await put('da.telemetry', [histogram(0), histogram(1), histogram(2), histogram(2), histogram(3, otherBins)]);
    await services.until(async () => (await rows()).histograms.length === 4);
    const asked = { signal: 'hyd.oilTemp', from: iso(end - 5 * hour), to: iso(end) };
    expect(await call('getDistribution', asked)).toMatchObject({
      ...{ unit: 'Cel', counted: 'samples', axes: [{ quantity: 'value', edges: [0, 40, 80] }] },
      ...{ counts: [3, 30], outside: 3, histograms: 3, covered_seconds: 3 * 3600, left_out: 1 },
    });
    expect(await call('getDistribution', { ...asked, to: iso(end - 1) })).toMatchObject({ histograms: 2 });
    expect(await call('getDistribution', { ...asked, signal: 'vib.rms' })).toMatchObject({
      ...{ counted: null, axes: [], counts: [], histograms: 0 },
    });
  });

  it('are not shown to those who do not see the spreader', async () => {
    const at = (terminal: string): Principal => ({
      ...testAdministrator,
      roles: [{ role: 'viewer', scope: { terminals: [terminal] } }],
    });
    const asked = { params: { id: 'spr_1' }, query: { ...range, signal: 'hyd.oilTemp' } };
    const others = [{ ...testAdministrator, org: 'org_other' }, at('ter_2')];
    for (const principal of others) {
      expect((await services.call('getDistribution', { ...asked, principal })).status).toBe(404);
      expect((await services.call('compareMoves', { params: { id: 'spr_1' }, query: range, principal })).status).toBe(
        404,
      );
      expect((await services.call('listDeviceMoves', { params: { id: 'spr_1' }, principal })).status).toBe(404);
    }
    expect((await services.call('getDistribution', { ...asked, principal: at('ter_1') })).status).toBe(200);
  });

  it('come out the same when the view is rebuilt', async () => {
    const before = await rows();
    await services.stopOne('condition-analysis');
    await dropView(services.store('condition-analysis'), 'condition', views.condition);
    await services.startOne(conditionAnalysis as never);
    await stored(12);
    await services.until(async () => (await rows()).histograms.length === 4);
    expect(await rows()).toEqual(before);
  });
});

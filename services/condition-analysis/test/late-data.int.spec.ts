import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { events, type EventEnvelope } from '@quaywatch/contracts';
import { frameKey, type Frame } from '@quaywatch/domain/condition';
import { dropView } from '@quaywatch/runtime';
import { TestServices } from '@quaywatch/runtime/testing';
import { framesOf, type Fault } from '../../../libs/domain/condition/test/scenario';
import { conditionAnalysis } from '../src/service';
import { views } from '../src/views';

const hour = 3_600_000;
const end = Date.UTC(2026, 10, 23);
const moves = 200;

/** A twistlock gets stiff and is greased: the case opens and closes, both while the device is off line. */
const stiff: Fault = {
  move: (plan) => {
    if (plan.share > 0.5 && plan.share < 0.62) plan.lockTime[2] = (plan.lockTime[2] ?? 0) * 1.5;
  },
};

const enveloped = (spreader: string, frames: readonly Frame[]): EventEnvelope[] =>
  frames.map((frame, i) => ({
    v: 1,
    source: 'ingest',
    org: 'org_test',
    key: spreader,
    id: `evt_${spreader}.${i}`,
    type: events.samplesReceived.type,
    time: frame.samples[0]?.at[0] ?? 0,
    data: { ...frame, btu: `BTU-${spreader}`, spreader, receivedAt: end },
  }));

/** In the order in which it was measured, and as it comes from a device that was off line for 6 h. */
const inOrder = [...framesOf(4, moves, stiff)];
const timeOf = (frame: Frame): number => Number(frameKey(frame).slice(0, 15));
const [off, back, sent] = [24, 30, 33].map((hours) => end - 48 * hour + hours * hour) as [number, number, number];
const stored = inOrder.filter((frame) => timeOf(frame) >= off && timeOf(frame) < back);
const others = inOrder.filter((frame) => !stored.includes(frame));
const asItComes = [
  ...others.filter((frame) => timeOf(frame) < sent),
  // One frame of the move under way when the line went dead comes last of all.
  ...stored.slice(1),
  ...stored.slice(0, 1),
  ...others.filter((frame) => timeOf(frame) >= sent),
];

describe('data that come 6 h late, on the real log and store', () => {
  let services: TestServices;

  const put = async (all: readonly EventEnvelope[]): Promise<void> => {
    for (let i = 0; i < all.length; i += 40)
      await services.log.append(
        'da.telemetry',
        all.slice(i, i + 40).map((event) => ({ event })),
      );
    await services.until(async () => {
      const ends = await services.log.endOffsets('da.telemetry');
      const rows = await query<{ partition: number; next: string }>(
        `select partition, next from consumer_position where consumer = 'condition' and topic = 'da.telemetry'`,
      );
      return ends.every((offset, i) => Number(rows.find(({ partition }) => partition === i)?.next ?? 0) >= offset);
    }, 60_000);
  };
  const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
    services.store('condition-analysis').transact((tx) => tx.query(sql, values) as Promise<T[]>);
  /** What is shown of a spreader; its own name taken out. */
  const shown = async (spreader: string): Promise<unknown> => {
    const rows = {
      moves: await query(
        'select move, started_at, locked_at, ended_at, class, result, boxes, teu, load, features from move where spreader = $1 order by ended_at',
        [spreader],
      ),
      hours: await query('select hour, cell from kpi_hour where spreader = $1 order by hour', [spreader]),
      findings: await query(
        `select status, level, advice ->> 'failureMode' as mode, advice ->> 'component' as component,
           (advice ->> 'firstSeenAt')::float8 as since, closed_at
         from finding where spreader = $1 and closed_at is distinct from -1 order by 3, 4`,
        [spreader],
      ),
      minutes: await query(
        `select minute, signal, count, min, max, sum_micro from signal_minute
         where spreader = $1 and signal = any('{hyd.press,hyd.oilTemp,hyd.level}') order by minute, signal`,
        [spreader],
      ),
      condition: await query('select level, score, components, live from spreader_condition where spreader = $1', [
        spreader,
      ]),
    };
    return JSON.parse(JSON.stringify(rows).replaceAll(spreader, 'spr'));
  };

  beforeAll(async () => {
    services = await TestServices.start([conditionAnalysis]);
    await put(enveloped('spr_a', inOrder));
  }, 120_000);
  afterAll(() => services.stop(), 60_000);

  it('are corrected: moves, figures, findings, charts and condition are those of the data in order', async () => {
    const before = others.filter((frame) => timeOf(frame) < sent).length;
    const all = enveloped('spr_b', asItComes);
    await put(all.slice(0, before));
    const [early] = await query<{ n: string }>(`select count(*) as n from finding where spreader = 'spr_b'`);
    expect(Number(early?.n)).toBe(0);
    await put(all.slice(before));
    const expected = (await shown('spr_a')) as { findings: unknown[]; moves: unknown[] };
    expect(expected.findings).toMatchObject([{ mode: 'FM-02', component: 'TL[3]', status: 'closed' }]);
    expect(expected.moves.length).toBeGreaterThan(moves - 3);
    expect(await shown('spr_b')).toEqual(expected);
  }, 120_000);

  it('tell those who listen: the case as facts, also that it is closed', async () => {
    const told = await query<{ envelope: string }>(`select e::text as envelope from event e`);
    const of = (type: string): number =>
      told.filter(({ envelope }) => envelope.includes('spr_b') && envelope.includes(type)).length;
    expect(of('advice-raised')).toBe(1);
    expect(of('advice-closed')).toBe(1);
  });

  it('are worked in again to the same rows when the view is rebuilt', async () => {
    const tables = ['move', 'kpi_hour', 'finding', 'spreader_state', 'kept_frame', 'state_checkpoint'];
    const dump = async (): Promise<Record<string, unknown[]>> =>
      Object.fromEntries(
        await Promise.all(
          tables.map(async (table) => [table, await query(`select * from "${table}" t order by t::text`)] as const),
        ),
      );
    const before = await dump();
    expect(before['kept_frame']?.length).toBeGreaterThan(20);
    await services.stopOne('condition-analysis');
    await dropView(services.store('condition-analysis'), 'condition', views.condition);
    expect(await query('select 1 from move')).toEqual([]);
    await services.startOne(conditionAnalysis);
    await put([]);
    const after = await dump();
    for (const table of tables) expect([table, after[table]]).toEqual([table, before[table]]);
  }, 120_000);
});

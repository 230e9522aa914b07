import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deviceTopic, type EventEnvelope } from '@quaywatch/contracts';
import { BrokerHost } from '../src/index';
import { connectOnce, liveFrame } from './test-device';
import { RunningIngest } from './running-ingest';

const body = {
  move: { move: '01KAZ2V6E0G4T2M1P8RQ5W7XYZ', start: -90_000, class: 'single40', boxes: 1, total: 7, features: {} },
  hist: {
    ...{ signal: 'vib.rms', counted: 'samples', length: 3_600_000, counts: [3, 1], outside: 0 },
    axes: [{ quantity: 'value', edges: [0, 4.5, 18] }],
  },
};

describe('what devices count themselves, and what they are refused', () => {
  let ingest: RunningIngest;
  let log: EventEnvelope[];
  const of = (type: string) => log.filter((event) => event.type === type);

  beforeAll(async () => {
    ingest = await RunningIngest.start({ OFFENCES_MOST: '0' });
    log = await ingest.events('da.telemetry', () => true);
  }, 60_000);
  afterEach(() => ingest.hangUp());
  afterAll(() => ingest.stop(), 60_000);

  it('comes into the log once, by the spreader that the device was bound to', async () => {
    const { services } = ingest;
    const btu = 'CNT-1';
    const client = await ingest.connected(btu);
    const bound = (spreader: string, from: number): object => ({
      event: {
        ...{
          id: `evt_${spreader}`,
          type: 'btu-bound',
          v: 1,
          source: 'fleet',
          org: 'org_test',
          key: spreader,
          time: from,
        },
        data: { btu, spreader, from },
      },
    });
    const now = Date.now();
    const changed = now - 1_800_000;
    await services.log.append('fleet', [bound('spr_old', now - 86_400_000), bound('spr_new', changed)] as never);
    await services.until(async () => {
      const { body: shown } = await services.call<{ spreader_id: string }>('getDevice', { params: { id: btu } });
      return shown.spreader_id === 'spr_new';
    });
    const send = (stream: 'move' | 'hist', seq: number, tsDev: number) => {
      const frame = liveFrame(btu, seq, 1, { stream, tsDev, body: body[stream], hist: tsDev < now - 60_000 } as never);
      return client.publishAsync(deviceTopic(btu, stream), JSON.stringify(frame), { qos: 1 });
    };
    // The live session learns of the binding within a second.
    let seq = 0;
    await services.until(async () => {
      await send('move', ++seq, now);
      return of('device-move-reported').some(({ key }) => key === 'spr_new');
    });
    const first = seq;
    await send('move', first, now);
    await send('move', first + 1, changed - 60_000);
    for (const [n, at] of [now, changed - 60_000, now - 30 * 60_000 + 60_000].entries()) await send('hist', n + 1, at);
    await services.until(() => Promise.resolve(of('histogram-reported').length === 3));
    expect(of('device-move-reported').filter(({ id }) => id === `evt_${btu}.1.move.${first}`)).toHaveLength(1);
    expect(of('device-move-reported').find(({ id }) => id === `evt_${btu}.1.move.${first + 1}`)).toMatchObject({
      key: 'spr_old',
      data: {
        btu,
        spreader: 'spr_old',
        startedAt: changed - 150_000,
        endedAt: changed - 60_000,
        total: 7,
        class: 'single40',
      },
    });
    expect(of('histogram-reported').map(({ data }) => (data as { spreader: string | null }).spreader)).toEqual([
      null,
      'spr_old',
      null,
    ]);
    expect(of('histogram-reported')[1]?.data).toMatchObject({ from: changed - 60_000 - 3_600_000, counts: [3, 1] });
  });

  it('that makes no sense is kept in quarantine', async () => {
    const client = await ingest.connected('CNT-2');
    const wrong = { ...body.hist, counts: [1] };
    const frame = JSON.stringify(liveFrame('CNT-2', 1, 1, { stream: 'hist', body: wrong } as never));
    await client.publishAsync(deviceTopic('CNT-2', 'hist'), frame, { qos: 1 });
    await ingest.services.until(() => Promise.resolve(of('frame-quarantined').length > 0));
    expect(of('frame-quarantined')[0]?.data).toMatchObject({
      btu: 'CNT-2',
      reason: '2 counts are needed, one for each bin',
    });
  });

  it('refusals are counted by cause, for the whole organisation to see', async () => {
    const who = await ingest.enrolled('CNT-3');
    const client = await ingest.connect(who);
    for (let i = 0; i < 3; i++) await client.subscribeAsync(`foreign/${i}`, { qos: 1 }).catch(() => undefined);
    // MQTT 5 by a client that speaks it: it is told so in its own words.
    const { services } = ingest;
    const again = connectOnce(ingest.get(BrokerHost).port, { ...who, protocolVersion: 5 });
    await expect(again).rejects.toMatchObject({ code: 0x84 });
    const counts = async () =>
      (await services.call<{ data: { cause: string; count: number; action: string }[] }>('listRefusals', {})).body.data;
    await services.until(async () => (await counts()).some(({ cause }) => cause.startsWith('MQTT 5')));
    expect(await counts()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'device.subscribe', cause: 'foreign subscription', count: 3 }),
        expect.objectContaining({ action: 'device.protocol', cause: 'MQTT 5 [MQTT-3.1.2-2]', count: 1 }),
      ]),
    );
    const narrow = { roles: [{ role: 'operator', scope: { terminals: ['ter_1'] } }] };
    const principal = { kind: 'user', id: 'usr_1', org: 'org_test', ...narrow } as never;
    expect((await services.call('listRefusals', { principal })).status).toBe(403);
    const other = {
      kind: 'user',
      id: 'usr_1',
      org: 'org_other',
      roles: [{ role: 'administrator', scope: 'organisation' }],
    };
    expect((await services.call('listRefusals', { principal: other as never })).body).toMatchObject({ data: [] });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { burstTopic, type BurstChunk, type EventEnvelope } from '@quaywatch/contracts';
import { chunksOf, type Burst } from '@quaywatch/services/btu';
import { RunningIngest } from './running-ingest';

describe('bursts', () => {
  let ingest: RunningIngest;
  let log: EventEnvelope[];
  beforeAll(async () => {
    ingest = await RunningIngest.start({ BURST_WAIT_SECONDS: '3' });
    log = await ingest.events('da.telemetry', ({ type }) => type.startsWith('burst-') || type === 'frame-quarantined');
  }, 60_000);
  afterEach(() => ingest.hangUp());
  afterAll(() => ingest?.stop(), 60_000);

  const burst = (id: string): Burst => ({
    id,
    signal: 'vib.rms',
    trigger: 'snag',
    command: null,
    startAt: Date.now() - 5000,
    rate: 10_000,
    samples: Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i / 7)),
  });
  const about = (id: string): EventEnvelope[] => log.filter(({ data }) => (data as { burst?: string }).burst === id);
  const first = (id: string): Promise<EventEnvelope> => ingest.services.until(() => Promise.resolve(about(id)[0]));
  const sender = async (btu: string) => {
    const client = await ingest.connected(btu);
    return (chunk: BurstChunk | object): Promise<unknown> =>
      client.publishAsync(burstTopic(btu), JSON.stringify(chunk), { qos: 1 });
  };

  it('come in any order, some twice, and are one object and one event', async () => {
    const send = await sender('BST-1');
    const made = burst('b-1');
    const chunks = chunksOf(made);
    expect(chunks).toHaveLength(4);
    for (const n of [2, 0, 2, 3, 1]) await send(chunks[n] as BurstChunk);
    const event = await first('b-1');
    expect(event).toMatchObject({
      id: 'evt_burst-received.BST-1.b-1',
      type: 'burst-received',
      org: 'org_test',
      data: { btu: 'BST-1', signal: 'vib.rms', trigger: 'snag', samples: 50_000, rate: 10_000 },
    });
    const { object } = event.data as { object: string };
    const bytes = Buffer.from((await ingest.services.adapters.objects.get(object)) ?? []);
    expect(bytes.equals(Buffer.from(made.samples.buffer))).toBe(true);
    expect(await ingest.services.adapters.objects.list('burst-chunks/')).toEqual([]);
    // Its PUBACK was lost: it is known, and does not begin another one.
    await send(chunks[3] as BurstChunk);
    const rows = await ingest.services
      .store('ingest')
      .transact((tx) => tx.query<{ done: boolean }>(`select done from burst_upload where btu = 'BST-1'`));
    expect(rows).toEqual([{ done: true }]);
    expect(await ingest.services.adapters.objects.list('burst-chunks/')).toEqual([]);
  });

  it('are listed by the spreader, and can be had with their samples', async () => {
    const { services } = ingest;
    const btu = 'BST-7';
    const send = await sender(btu);
    const head = { source: 'fleet', v: 1, org: 'org_test', key: 'spr_b', time: 1 };
    const spreader = {
      spreader: 'spr_b',
      number: 'B',
      serial: 'B',
      model: 'M',
      type: 'sts_single',
      drive: 'hydraulic',
    };
    await services.log.append('fleet', [
      { event: { ...head, id: 'evt_b1', type: 'spreader-created', data: { ...spreader, terminal: 'ter_1' } } },
      { event: { ...head, id: 'evt_b2', type: 'btu-bound', data: { btu, spreader: 'spr_b', from: 1 } } },
    ]);
    type Page = { data: { id: string; lost: object | null }[] };
    const roles = (terminal: string) => [{ role: 'engineer', scope: { terminals: [terminal] } }];
    const as = (terminal: string) => ({ kind: 'user', id: 'usr_1', org: 'org_test', roles: roles(terminal) }) as never;
    const listed = async () => services.call<Page>('listBursts', { params: { id: 'spr_b' }, principal: as('ter_1') });
    // The session learns of the binding within a second; bursts before it are of no spreader.
    let n = 0;
    await services.until(async () => {
      for (const chunk of chunksOf(burst(`b-7-${++n}`))) await send(chunk);
      return ((await listed()).body.data ?? []).length > 0;
    });
    const [newest] = (await listed()).body.data;
    expect(newest).toMatchObject({
      btu,
      signal: 'vib.rms',
      unit: 'mm/s',
      trigger: 'snag',
      samples: 50_000,
      lost: null,
    });
    const params = { id: 'spr_b', burst: newest?.id ?? '' };
    const whole = await services.call<{ samples_base64: string }>('getBurst', { params });
    const bytes = Buffer.from(whole.body.samples_base64, 'base64');
    expect(bytes.equals(Buffer.from(burst('x').samples.buffer))).toBe(true);
    expect((await services.call('getBurst', { params, principal: as('ter_2') })).status).toBe(404);
    expect((await services.call('listBursts', { params, principal: as('ter_2') })).status).toBe(404);
    await send(chunksOf(burst('b-7-lost'))[0] as BurstChunk);
    const lost = await services.until(async () => (await listed()).body.data.find((one) => one.lost !== null));
    expect(lost).toMatchObject({ id: `${btu}.b-7-lost`, lost: { reason: 'incomplete', missing_chunks: [1, 2, 3] } });
    const gone = await services.call('getBurst', { params: { ...params, burst: lost.id } });
    expect(gone.body).toMatchObject({ samples_base64: null, sha256: null });
  });

  it('that never get whole leave a record of what is missing', async () => {
    const send = await sender('BST-2');
    const [zero, , two] = chunksOf(burst('b-2'));
    await send(zero as BurstChunk);
    await send(two as BurstChunk);
    expect(await first('b-2')).toMatchObject({ type: 'burst-lost', data: { missing: [1, 3], reason: 'incomplete' } });
  });

  it('that are not what the device recorded are not kept', async () => {
    const send = await sender('BST-3');
    for (const chunk of chunksOf(burst('b-3'))) await send({ ...chunk, sha256: '0'.repeat(64) });
    expect(await first('b-3')).toMatchObject({
      type: 'burst-lost',
      data: { missing: [], reason: 'it is not what the device recorded' },
    });
  });

  it('make room: of too many begun ones the oldest goes', async () => {
    const send = await sender('BST-4');
    for (let i = 0; i < 5; i++) await send(chunksOf(burst(`b-4-${i}`))[0] as BurstChunk);
    expect(await first('b-4-0')).toMatchObject({ data: { reason: 'displaced by a later one' } });
  });

  it('that cannot be read are kept in quarantine', async () => {
    const send = await sender('BST-5');
    await send({ ...chunksOf(burst('b-5'))[0], n: 9, of: 4 });
    await ingest.services.until(() =>
      Promise.resolve(
        log.some(({ type, data }) => type === 'frame-quarantined' && (data as { btu: string }).btu === 'BST-5'),
      ),
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { hours } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { conditionAnalysis } from '@quaywatch/services/condition-analysis';
import { parquetReadObjects } from 'hyparquet';
import { createHash } from 'node:crypto';

interface Job {
  id: string;
  state: string;
  rows: number | null;
  bytes: number | null;
  sha256: string | null;
  file: string | null;
}

let offset = 0;
const clock: Clock = {
  now: () => Date.now() + offset,
  after: (delay, work) => {
    const timer = setTimeout(work, Math.min(delay, 500));
    return () => clearTimeout(timer);
  },
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};
const start = Date.parse('2026-03-28T12:00:00Z');
const range = { from: '2026-03-01T00:00:00Z', to: '2026-05-01T00:00:00Z' };
const atTerminal = (terminal: string): Principal => ({
  kind: 'client',
  id: `cli_${terminal}`,
  org: 'org_test',
  roles: [{ role: 'viewer', scope: { terminals: [terminal] } }],
});

describe('exports', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([conditionAnalysis as never], { clock });
    await services.store('condition-analysis').transact(async (tx) => {
      await tx.query(
        `insert into terminal values ('org_test', 'ter_1', 'One', 'Europe/Stockholm'), ('org_test', 'ter_2', 'Two', 'UTC'), ('org_b', 'ter_b', 'B', 'UTC')`,
      );
      await tx.query(
        `insert into fleet_spreader (org, spreader, number, model, type, terminal)
         values ('org_test', 'spr_1', '=1+1', 'm', 'sts_twin', 'ter_1'), ('org_test', 'spr_2', 'S "2", x', 'm', 'sts_twin', 'ter_2'), ('org_b', 'spr_b', 'B', 'm', 'sts_twin', 'ter_b')`,
      );
      await tx.query(
        `insert into move (org, move, spreader, started_at, locked_at, ended_at, class, result, boxes, teu, load, features)
         select case when n % 3 = 2 then 'org_b' else 'org_test' end, 'mov_' || n, (array['spr_1', 'spr_2', 'spr_b'])[n % 3 + 1],
           $1::float8 + n * 60000, null, $1::float8 + n * 60000 + 30000, 'single40', 'completed', 1, 2, case when n % 2 = 0 then 21.5 end, '{"tl.spread": 12.5}'
         from generate_series(0, 17999) n`,
        [start],
      );
    });
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  const ask = (body: object, principal = testAdministrator, headers: Record<string, string> = {}) =>
    services.call<Job>('createExport', { body: { dataset: 'moves', ...range, ...body }, principal, headers });
  const ready = async (id: string, principal = testAdministrator): Promise<Job> =>
    services.until(async () => {
      const { body } = await services.call<Job>('getExport', { params: { id }, principal });
      return (body.state === 'ready' || body.state === 'failed') && body;
    }, 60_000);
  const download = async (id: string, principal = testAdministrator): Promise<Response> =>
    fetch(`${services.peers.urlOf('condition-analysis')}/v1/exports/${id}/file`, {
      headers: await services.peers.headersFor(principal, { requestId: 'req_file', address: null }),
    });
  const fetched = async (
    body: object,
    principal = testAdministrator,
  ): Promise<{ job: Job; bytes: Buffer; type: string | null }> => {
    const made = await ask(body, principal);
    expect([made.status, made.headers.get('location')]).toEqual([202, `/v1/exports/${made.body.id}`]);
    const job = await ready(made.body.id, principal);
    expect(job.state).toBe('ready');
    const answer = await download(job.id, principal);
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([job.bytes, job.sha256]);
    return { job, bytes, type: answer.headers.get('content-type') };
  };

  it('write the same rows as NDJSON, CSV and Parquet, each once, with the time at the terminal', async () => {
    const lines = await fetched({ format: 'ndjson' });
    const objects = lines.bytes
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([lines.job.rows, objects.length, new Set(objects.map((one) => one['move_id'])).size]).toEqual([
      12_000, 12_000, 12_000,
    ]);
    expect(objects.find((one) => one['move_id'] === 'mov_0')).toEqual({
      move_id: 'mov_0',
      spreader_id: 'spr_1',
      spreader_number: '=1+1',
      terminal_id: 'ter_1',
      time_zone: 'Europe/Stockholm',
      started_utc: '2026-03-28T12:00:00.000Z',
      started_local: '2026-03-28 13:00:00.000',
      ended_utc: '2026-03-28T12:00:30.000Z',
      ended_local: '2026-03-28 13:00:30.000',
      class: 'single40',
      result: 'completed',
      boxes: 1,
      teu: 2,
      load_t: 21.5,
      features: { 'tl.spread': 12.5 },
    });
    // Summer time begins the next night.
    expect(objects.find((one) => one['move_id'] === 'mov_1200')).toMatchObject({
      started_utc: '2026-03-29T08:00:00.000Z',
      started_local: '2026-03-29 10:00:00.000',
    });

    const csv = await fetched({ format: 'csv' });
    const rows = csv.bytes.toString().split('\r\n');
    expect([csv.type, rows.length, rows.at(-1)]).toEqual(['text/csv', 12_002, '']);
    expect(rows[0]).toMatch(/^move_id,spreader_id,spreader_number,terminal_id,time_zone,started_utc,started_local,/);
    // A text is no formula, and quotes are doubled.
    expect(rows[1]).toContain(`,'=1+1,`);
    expect(csv.bytes.toString()).toContain(`,"S ""2"", x",`);

    const { bytes, type } = await fetched({ format: 'parquet' });
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const read = await parquetReadObjects({ file });
    expect([type, read.length]).toEqual(['application/vnd.apache.parquet', 12_000]);
    expect(read[0]).toMatchObject({
      move_id: objects[0]?.['move_id'],
      started_utc: new Date(String(objects[0]?.['started_utc'])),
      boxes: 1,
      features: { 'tl.spread': 12.5 },
    });
    expect(read.map((row) => row['move_id'])).toEqual(objects.map((one) => one['move_id']));
    expect(read.map((row) => row['load_t'] ?? null)).toEqual(objects.map((one) => one['load_t']));
  }, 60_000);

  it('hold only what their maker may see, and are theirs alone', async () => {
    const viewer = atTerminal('ter_2');
    const { job, bytes } = await fetched({ format: 'ndjson' }, viewer);
    expect([job.rows, bytes.includes('spr_1'), bytes.includes('spr_b')]).toEqual([6000, false, false]);
    for (const stranger of [testAdministrator, { ...viewer, id: 'cli_other' }, { ...viewer, org: 'org_b' }]) {
      expect((await services.call('getExport', { params: { id: job.id }, principal: stranger })).status).toBe(404);
      expect((await download(job.id, stranger)).status).toBe(404);
      expect((await services.call('deleteExport', { params: { id: job.id }, principal: stranger })).status).toBe(404);
    }
    // The role that saw it was taken away since.
    expect((await download(job.id, { ...viewer, roles: atTerminal('ter_1').roles })).status).toBe(403);
    expect((await ask({ format: 'csv', terminal: 'ter_1' }, viewer)).status).toBe(404);
    expect((await ask({ format: 'csv', spreader: 'spr_1' }, viewer)).status).toBe(404);
    const list = await services.call<{ data: Job[] }>('listExports', { principal: viewer });
    expect(list.body.data.map(({ id }) => id)).toEqual([job.id]);
    const trail = await services.until(async () => {
      const entries: { action: string; target: { id: string } }[] = [];
      for (const event of await auditOf(services)) entries.push(event as never);
      const own = entries.filter(({ target }) => target.id === job.id).map(({ action }) => action);
      return own.includes('export.download') && own;
    });
    expect(trail.slice(0, 2)).toEqual(['export.create', 'export.download']);
  });

  it('make sense, are limited, and one key starts one', async () => {
    expect((await ask({ format: 'csv', from: range.to, to: range.from })).status).toBe(400);
    expect((await ask({ format: 'csv', signals: ['hyd.press'] })).status).toBe(400);
    const key = { 'idempotency-key': 'export-0123456789' };
    const first = await ask({ format: 'csv', spreader: 'spr_1' }, testAdministrator, key);
    const again = await ask({ format: 'csv', spreader: 'spr_1' }, testAdministrator, key);
    expect([again.body.id, again.headers.get('idempotency-replayed')]).toEqual([first.body.id, 'true']);
    expect((await ready(first.body.id)).rows).toBe(6000);
    const empty = await fetched({ dataset: 'findings', format: 'parquet' });
    expect(empty.job.rows).toBe(0);
  });

  it('are taken up again when who wrote them is gone, and go away in time', async () => {
    const store = services.store('condition-analysis');
    await store.transact((tx) =>
      tx.query(
        `insert into export_job (org, export, owner, dataset, format, from_at, to_at, state, created_at, expires_at, holder, held_until, attempts)
         values ('org_test', 'exp_left', 'user/usr_test', 'moves', 'csv', $1, $2, 'running', $3, $4, 'gone', $3, 1)`,
        [start, start + 600_000, clock.now() - 1000, clock.now() + hours(1)],
      ),
    );
    expect(await ready('exp_left')).toMatchObject({ state: 'ready', rows: 7 });
    const objects = (): Promise<readonly unknown[]> => services.adapters.objects.list('exports/org_test/exp_left/');
    expect(await objects()).toHaveLength(1);
    offset += hours(2);
    await services.until(async () => (await objects()).length === 0);
    const { body } = await services.call<Job>('getExport', { params: { id: 'exp_left' } });
    expect([body.state, body.file]).toEqual(['expired', null]);
    expect((await download('exp_left')).status).toBe(410);
    expect((await services.call('deleteExport', { params: { id: 'exp_left' } })).status).toBe(200);
    expect((await services.call('getExport', { params: { id: 'exp_left' } })).status).toBe(404);
  });
});

/** What is in the audit trail so far. */
async function auditOf(services: TestServices): Promise<unknown[]> {
  const ends = await services.log.endOffsets('audit');
  let left = ends.reduce((sum, end) => sum + end, 0);
  const found: unknown[] = [];
  if (left === 0) return found;
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  const handle = await services.log.subscribe({
    group: `test-${Math.random()}`,
    topics: ['audit'],
    startAt: async () => 0,
    onBatch: async (batch) => {
      for (const record of batch.records) found.push((record.event as { data: unknown }).data);
      left -= batch.records.length;
      if (left <= 0) done();
    },
  });
  await all;
  await handle.stop();
  return found;
}

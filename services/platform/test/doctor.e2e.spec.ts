import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { hours, toIso } from '@quaywatch/kernel';
import { waitUntil } from '@quaywatch/ports/testing';
import { makeLogger, sealArchive, viewAsOf } from '@quaywatch/runtime';
import { installCertificate, RunningDevice, signingRequest } from '@quaywatch/services/btu';
import { BrokerHost } from '@quaywatch/services/ingest';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { InternalClient, platformPrincipal } from '../src/internal-client';
import { defaultOrganisation } from '../src/organisation';
import { Progress } from '../src/progress';
import { definitions } from '../src/services';
import { startPlatform, type RunningPlatform } from '../src/start';
import { openBesidePlatform } from '../src/work-beside';
import { runningEmbeddedPostgres } from '@quaywatch/runtime';

const btu = 'BTU-DOCTOR-1';

describe('quaywatch doctor beside a running platform with a device', () => {
  let folder: string;
  let platform: RunningPlatform;
  let device: RunningDevice;
  let spreader: string;

  /** The command itself, as a person runs it. */
  const doctor = (): Promise<{ code: number; lines: string[] }> =>
    new Promise((done, fail) => {
      const args = [resolve('tools/quaywatch.mjs'), 'doctor', '--deep', '--data-dir', folder];
      execFile(process.execPath, args, { timeout: 240_000, maxBuffer: 1e8 }, (error, stdout, stderr) => {
        const code = error ? Number(error.code) : 0;
        if (code !== 0 && code !== 3) return fail(new Error(`${code}: ${stdout}\n${stderr}`));
        done({ code, lines: stdout.trim().split('\n') });
      });
    });
  /** Something that no one may do, done to the database behind everyone's back. */
  const behindTheBack = async (...statements: string[]): Promise<number> => {
    const client = new Client({ connectionString: runningEmbeddedPostgres(join(folder, 'postgres')) });
    await client.connect();
    try {
      let rows = 0;
      for (const statement of statements) rows = (await client.query(statement)).rowCount ?? 0;
      return rows;
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quaywatch-doctor-'));
    await chmod(folder, 0o755);
    const portalDir = join(folder, 'portal');
    await mkdir(portalDir);
    await writeFile(join(portalDir, 'index.html'), '<!doctype html>');
    const quiet = { write: () => true } as unknown as NodeJS.WritableStream;
    platform = await startPlatform(
      {
        dataDir: folder,
        host: '127.0.0.1',
        port: 0,
        mqttPort: 0,
        publicUrl: 'http://localhost:8080',
        portalDir,
        environment: { ARCHIVE_LOOK_MINUTES: '0' },
      },
      new Progress(quiet),
    );
    const { clock } = platform.adapters;
    const client = new InternalClient(platform.peers, platformPrincipal(defaultOrganisation), clock);
    const from = toIso(clock.now() - hours(5));
    const terminal = await client.call('createTerminal', {
      body: { name: 'Quay', time_zone: 'UTC', crane_hour_value: 600 },
    });
    const body = { number: 'S-1', serial: 'SER-1', model: 'M', type: 'sts_twin', drive: 'hydraulic' } as const;
    spreader = (await client.call('createSpreader', { body: { ...body, terminal_id: terminal.id } })).id;
    await client.call('bindBtu', { params: { id: spreader }, body: { btu, from } });
    const identity = join(folder, 'device');
    const csr = await signingRequest(identity, btu);
    const issued = await client.call('enrolDevice', { body: { btu, csr } });
    await installCertificate(identity, issued.certificate, issued.chain);
    device = await RunningDevice.start({
      url: `mqtts://localhost:${platform.services.get('ingest')!.app.get(BrokerHost).port}`,
      btu,
      spreader: 'SER-1',
      seed: 5,
      faults: [],
      folder: identity,
      historyFrom: clock.now() - hours(4),
      silentAt: null,
    });
    const moves = async (): Promise<number> =>
      (await behindTheBack(`select 1 from log.event where topic = 'dm.moves' limit 20`)) as number;
    await waitUntil('moves from what the device had stored', async () => (await moves()) >= 20, 120_000);
  }, 240_000);
  afterAll(async () => {
    await device?.stop();
    await platform?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('finds no difference while the device goes on sending', async () => {
    const { log, objects, clock } = platform.adapters;
    const sealed = await sealArchive(log, objects, clock.now() + hours(1));
    expect(sealed.records).toBeGreaterThan(20);
    const { code, lines } = await doctor();
    expect(lines.filter((line) => !line.startsWith('= '))).toEqual(['No difference.']);
    expect(code).toBe(0);
    const numberIn = (start: string): number =>
      Number(/(\d+)/.exec(lines.find((line) => line.startsWith(start))?.slice(start.length) ?? '')?.[1]);
    expect(numberIn('= device → log: ')).toBeGreaterThan(20);
    expect(numberIn('= log → archive: ')).toBe(sealed.records);
    const views = [...new Set(lines.map((line) => /^= log → (\S+) (\S+)\.\S+: /.exec(line)?.[2]))].filter(Boolean);
    expect(views).toEqual(expect.arrayContaining(['condition', 'alerting-view', 'fleet-view', 'ingest-window']));
  }, 300_000);

  it('tells every view as it was known at a time, and touches none', async () => {
    const parts = await openBesidePlatform(folder, 'as-of');
    const now = platform.adapters.clock.now();
    try {
      for (const definition of definitions)
        for (const [view, tables] of Object.entries(definition.views)) {
          const at = async (asOf: number): Promise<Record<string, number>> => {
            const rows: Record<string, number> = {};
            const { tables: told } = await viewAsOf(
              {
                definition,
                view,
                url: await parts.urlOf(definition.name),
                surroundings: {
                  ...parts.adapters,
                  environment: parts.environment,
                  logger: makeLogger(definition.name, { level: 'warn', file: join(folder, 'as-of.log') }),
                },
                timeout: 60_000,
              },
              asOf,
              async (table, found) => void (rows[table] = (rows[table] ?? 0) + found.length),
            );
            expect([view, told.map(({ table }) => table)]).toEqual([view, [...tables]]);
            expect(told.map(({ table, rows: n }) => [table, n])).toEqual(
              tables.map((table) => [table, rows[table] ?? 0]),
            );
            return rows;
          };
          // Before anything had been said there was nothing to know.
          expect([view, await at(now - hours(24 * 365))]).toEqual([view, {}]);
          const known = await at(now);
          if (view === 'fleet-view') expect(known).toMatchObject({ terminal: 1, spreader: 1, btu_binding: 1 });
          if (view === 'condition') expect(known['move']).toBeGreaterThan(0);
        }
    } finally {
      await parts.close();
    }
  }, 400_000);

  it('names each difference that was planted: log, archive and a read model', async () => {
    const { log, objects } = platform.adapters;
    const client = new Client({ connectionString: runningEmbeddedPostgres(join(folder, 'postgres')) });
    await client.connect();
    const { rows } = await client.query<{ partition: number; offset: string; event: string }>(
      `select partition, "offset", event from log.event
       where topic = 'da.telemetry' and event::json->>'type' = 'samples-received'
         and event::json->'data'->>'btu' = $1 and event::json->'data'->>'stream' = 'event' order by "offset" limit 5`,
      [btu],
    );
    await client.end();
    expect(rows.length).toBe(5);
    const [, lost, , changed, doubled] = rows.map(({ event, ...place }) => ({
      ...place,
      event: JSON.parse(event) as EventEnvelope<{ boot: number; seq: number }>,
    }));
    const place = ({ partition, offset }: { partition: number; offset: string }): string =>
      `topic = 'da.telemetry' and partition = ${partition} and "offset" = ${offset}`;
    await log.append('da.telemetry', [{ event: doubled!.event }]);
    await behindTheBack(
      `set session_replication_role = replica`,
      // Each event in a row of its own, so that one can be taken away.
      `with gone as (delete from log.record where topic = 'da.telemetry' returning *)
       insert into log.record (topic, partition, "offset", event, bytes, at)
       select topic, partition, "offset" + n - 1, e.event, octet_length(e.event), at
       from gone cross join lateral string_to_table(gone.event, E'\\x1e') with ordinality as e(event, n)`,
      `delete from log.record where ${place(lost!)}`,
      `update log.record set event = replace(event, '"clockOffset":', '"clockOffset": 1') where ${place(changed!)}`,
    );
    const [segment] = await objects.list('archive/v1/segments/da.telemetry/');
    expect(segment).toBeDefined();
    const moved = await behindTheBack(
      `set session_replication_role = replica`,
      `delete from fleet.spreader where spreader = '${spreader}'`,
    );
    expect(moved).toBe(1);
    const { code, lines } = await doctor();
    const found = lines.filter((line) => line.startsWith('≠ ')).join('\n');
    expect(code).toBe(3);
    expect(found).toContain(
      `device ${btu} boot ${lost!.event.data.boot} event: 1 numbers missing, first ${lost!.event.data.seq}`,
    );
    expect(found).toContain('1 frames are in the log more than once');
    expect(found).toMatch(/archive \d+\/\S+: 1 of its \d+ records are not in the log/);
    expect(found).toMatch(/archive \d+\/\S+: 1 records are not the same in the log/);
    expect(found).toMatch(/log → fleet fleet-view\.spreader: \d+ rows, 0 not from the log, 1 missing/);
    expect(lines.at(-1)).toMatch(/^\d+ differences\.$/);
  }, 300_000);

  it('says what is damaged in the archive and looks at the rest all the same', async () => {
    const { objects } = platform.adapters;
    const frames = (await objects.list('archive/v1/data/')).find(({ key }) => key.endsWith('.frames.parquet'));
    const bytes = (await objects.get(frames!.key))!.slice();
    bytes[bytes.length - 20]! ^= 1;
    await objects.put(frames!.key, bytes);
    const { code, lines } = await doctor();
    expect(code).toBe(3);
    expect(lines.join('\n')).toMatch(/≠ archive \d+\/\S+: ARCHIVE_DAMAGED .*another checksum/);
    // Views that need nothing of what was planted before.
    expect(lines.some((line) => line.startsWith('= log → user-access '))).toBe(true);
  }, 300_000);
});

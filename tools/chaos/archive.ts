// npm run chaos:archive: the archive's disk is full, and its object store (Ceph's radosgw, where it is installed) cannot
// be reached, while events go on being appended and archived every half second. Prints what was lost or doubled between
// log and archive, and how long after the fault the archive was level again. Arguments: --seconds N (6) --only WORD
// --full (the object store is away for ten minutes, as in the worst night, instead of 12 s)
import { partitionOf } from '@quaywatch/contracts';
import type { ObjectStore } from '@quaywatch/ports';
import {
  chooseAdapters,
  makeLogger,
  openSecrets,
  prepareDatabase,
  readSegment,
  sealArchive,
  segmentsOf,
  startEmbeddedPostgres,
} from '@quaywatch/runtime';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pause } from '../ingest-rig/until';
import { openLink } from './link';
import { smallDisk } from './small-disk';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    only: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
  },
});
const around = Number(args.seconds) * 500;
const outage = args.full ? 600_000 : 12_000;
const hour = 3_600_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), 'quaywatch-chaos-'));
await chmod(folder, 0o755);
const secretsDir = join(folder, 'secrets');
const logger = makeLogger('chaos', { level: 'error', file: join(folder, 'log') });
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true }), () => postgres.stop()];
let good = true;

const base = { SECRETS_DIR: secretsDir, DATABASE_URL: postgres.url, OBJECT_DIR: join(folder, 'objects') };
const { log, clock, close } = await chooseAdapters(base, 'chaos', logger);
closers.push(close);
await prepareDatabase(postgres.url, ['ingest'], () => openSecrets(secretsDir, true), clock);

/** Load and archiving around a fault of the store that `fail` makes; it is over when that resolves. */
async function trial(name: string, objects: ObjectStore, fail: () => Promise<void>): Promise<void> {
  // A first look makes the archive begin here: what other trials appended is not this one's.
  const from = await log.endOffsets('da.telemetry');
  const acknowledged = new Map<string, number>();
  let longestTry = 0;
  let [loading, archiving, failures, refused, longest, last] = [true, true, 0, 0, 0, performance.now()];
  const load = Promise.all(
    Array.from({ length: 4 }, async (_, k) => {
      for (let n = 0; loading; n++) {
        const key = `spr_${name.replaceAll(/\W/g, '')}_${k}`;
        const event = { id: `evt_${key}_${n}`, type: 'samples-received', v: 1, source: 'ingest', org: 'org_1', key };
        const samples = [{ signal: 'hyd.press', at: [n], values: [n / 8] }];
        try {
          await log.append('da.telemetry', [{ event: { ...event, time: n, data: { samples } } }]);
          acknowledged.set(event.id, partitionOf(key, log.partitions));
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        } catch {
          refused++;
        }
        await pause(5);
      }
    }),
  );
  const archive = (async () => {
    while (archiving) {
      const began = performance.now();
      await sealArchive(log, objects, clock.now() + hour).catch(() => failures++);
      longestTry = Math.max(longestTry, performance.now() - began);
      await pause(500);
    }
  })();
  await pause(around);
  await fail();
  const over = performance.now();
  const level = async (): Promise<boolean> => {
    const ends = await log.endOffsets('da.telemetry');
    const sealed = await Promise.all(ends.map((_, p) => segmentsOf(objects, p)));
    return sealed.every((segments, p) => (segments.at(-1)?.to ?? from[p]!) >= ends[p]!);
  };
  loading = false;
  await load;
  while (!(await level().catch(() => false)) && performance.now() - over < 120_000) await pause(100);
  const recovered = (performance.now() - over) / 1000;
  archiving = false;
  await archive;
  const seen = new Map<string, number>();
  for (let p = 0; p < log.partitions; p++)
    for (const segment of await segmentsOf(objects, p))
      for (const { event } of await readSegment(objects, segment)) {
        const { id } = event as { id: string };
        seen.set(id, (seen.get(id) ?? 0) + 1);
      }
  const lost = [...acknowledged.keys()].filter((id) => !seen.has(id)).length;
  const doubled = [...seen.values()].filter((n) => n > 1).length;
  // A store that is away for a short time is waited for; the fault must have been felt in either case.
  good &&= lost + doubled === 0 && acknowledged.size > 0 && (failures > 0 || longestTry > outage / 2);
  say(
    `archive, ${name}: ${acknowledged.size} acknowledged, ${refused} refused (longest wait ${(longest / 1000).toFixed(1)} s), ${failures} tries to archive failed, the longest took ${(longestTry / 1000).toFixed(1)} s, lost ${lost}, duplicated ${doubled}, archive level ${recovered.toFixed(1)} s after the fault`,
  );
}

const wanted = (name: string): boolean => name.includes(args.only);
try {
  const full = `disk full, ${outage > 12_000 ? 60 : 12} s`;
  if (wanted(full)) {
    const disk = await smallDisk(join(folder, 'small'), 40);
    if (typeof disk === 'string') say(`archive, ${full}: left out: ${disk}`);
    else {
      const small = await chooseAdapters({ ...base, OBJECT_DIR: join(disk.folder, 'objects') }, 'chaos', logger);
      try {
        await trial(full, small.objects, async () => {
          disk.fill();
          await pause(Math.min(outage, 60_000));
          disk.free();
        });
      } finally {
        await small.close();
        await disk.unmount();
      }
    }
  }
  const away = `object store away, ${outage / 1000} s`;
  if (wanted(away)) {
    const module = pathToFileURL(resolve('deploy/s3/local/start-radosgw.mjs')).href;
    const { startRadosgw } = (await import(module)) as typeof import('../../deploy/s3/local/start-radosgw.mjs');
    const s3 = await startRadosgw({ dataDir: join(folder, 's3') }).catch((error: Error) => error.message);
    if (typeof s3 === 'string') say(`archive, ${away}: left out: ${s3}`);
    else {
      closers.push(() => s3.stop());
      const link = await openLink(() => Number(new URL(s3.endpoint).port));
      const own = join(folder, 's3-secrets');
      await mkdir(own);
      await writeFile(join(own, 's3-access-key'), s3.accessKey);
      await writeFile(join(own, 's3-secret-key'), s3.secretKey);
      const remote = await chooseAdapters(
        {
          ...base,
          SECRETS_DIR: own,
          OBJECT_STORE: 's3',
          S3_ENDPOINT: `http://127.0.0.1:${link.port}`,
          S3_BUCKET: 'chaos',
        },
        'chaos',
        logger,
      );
      try {
        await trial(away, remote.objects, async () => {
          link.cut();
          await pause(outage);
          // As after a restart of the store: old connections are gone.
          link.reset();
          link.mend();
        });
      } finally {
        await remote.close();
        await link.close();
      }
    }
  }
} finally {
  for (const end of closers.reverse()) await end().catch((error: unknown) => console.error(error));
}
process.exit(good ? 0 : 1);

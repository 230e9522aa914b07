// npm run bench:log: the event log through its port, each beside a yardstick on the same server in the same minute:
// Kafka beside kafka-producer-perf-test, PostgreSQL beside psql's COPY; wake-up latency; what the embedded log costs when
// nothing happens; the archive on simulator data. Arguments: --seconds N (8) --only postgres,kafka,idle,archive
import { topicNames, type EventEnvelope } from '@quaywatch/contracts';
import { SpreaderSimulator } from '@quaywatch/domain/simulator';
import type { EventLog } from '@quaywatch/ports';
import {
  chooseAdapters,
  exportSignal,
  makeLogger,
  openSecrets,
  prepareDatabase,
  sealArchive,
  startEmbeddedPostgres,
  type Adapters,
} from '@quaywatch/runtime';
import { execFile } from 'node:child_process';
import { createReadStream, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Writable } from 'node:stream';
import { parseArgs, promisify } from 'node:util';
import { Progress } from '../../services/platform/src/progress';
import { startPlatform } from '../../services/platform/src/start';
import { treeMilliseconds } from '../ingest-rig/child';

const run = promisify(execFile);
const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    only: { type: 'string', default: 'postgres,kafka,idle,archive' },
  },
});
const seconds = Number(args.seconds);
const size = 300;
const batch = 100;
const callers = 16;

const line = (text: string): void => void process.stdout.write(`${text}\n`);
const perSecond = (count: number, ms: number): number => Math.round((1000 * count) / ms);

function eventOf(n: number): EventEnvelope {
  const event = {
    id: `evt_${n}`,
    type: 'samples-received',
    v: 1,
    source: 'bench',
    org: 'org_bench',
    key: `spr_${n % 97}`,
    time: n,
    data: { n, fill: '' },
  };
  event.data.fill = 'x'.repeat(Math.max(0, size - JSON.stringify(event).length));
  return event;
}

/** Processor time of this process for each record of the last `appendRate`, µs: what a rate beside other work does not tell. */
let micros = 0;

/** Records a second that `append` takes, batches of 100, several callers that each wait for their own. */
async function appendRate(log: EventLog): Promise<number> {
  const batches = Array.from({ length: 50 }, (_, b) =>
    Array.from({ length: batch }, (_, i) => ({ event: eventOf(b * batch + i) })),
  );
  for (const warm of batches.slice(0, 20)) await log.append('da.telemetry', warm);
  const end = performance.now() + seconds * 1000;
  const from = performance.now();
  const used = process.cpuUsage();
  let done = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, c) => {
      for (let b = c; performance.now() < end; b++) {
        await log.append('da.telemetry', batches[b % batches.length]!);
        done += batch;
      }
    }),
  );
  const { user, system } = process.cpuUsage(used);
  micros = (user + system) / done;
  return perSecond(done, performance.now() - from);
}

/** Time from append to the handler in another instance, ms, at 100 events a second. */
async function wakeUp(log: EventLog, reader: EventLog): Promise<{ p50: number; p99: number }> {
  const sent = new Map<string, number>();
  const times: number[] = [];
  const handle = await reader.subscribe({
    group: `bench-${Date.now()}`,
    topics: ['dm.moves'],
    startAt: async () => 'end',
    onBatch: async ({ records }) => {
      for (const { event } of records) {
        const at = sent.get((event as EventEnvelope).id);
        if (at !== undefined) times.push(performance.now() - at);
      }
    },
  });
  // Until each partition has been taken: events sent before are not meant for this reader.
  for (let n = 0; times.length < 8; n++) {
    const event = { ...eventOf(n), id: `warm_${n}` };
    sent.set(event.id, performance.now());
    await log.append('dm.moves', [{ event }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  times.length = 0;
  const count = 100 * Math.min(10, seconds);
  for (let n = 0; n < count; n++) {
    const event = { ...eventOf(n), id: `wake_${n}` };
    sent.set(event.id, performance.now());
    await log.append('dm.moves', [{ event }]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const end = performance.now() + 5000;
  while (times.length < count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  await handle.stop();
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(times.length / 2)]!, p99: times[Math.floor(times.length * 0.99)]! };
}

const verdict = (ok: boolean): string => (ok ? 'met' : 'NOT MET');

async function show(
  name: string,
  open: () => Promise<Adapters>,
  yardstick: () => Promise<number>,
  what: string,
): Promise<void> {
  const [writer, reader] = [await open(), await open()];
  // Port and yardstick by turns, so that both see the same machine.
  const [ports, sticks]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round++) {
    ports.push(await appendRate(writer.log));
    sticks.push(await yardstick());
  }
  const middle = (list: number[]): number => [...list].sort((a, b) => a - b)[1]!;
  const ratio = middle(ports) / middle(sticks);
  line(
    `${name}: append ${ports.join(', ')} records/s; ${what} ${sticks.join(', ')}/s; ratio of medians ${ratio.toFixed(2)}, ${micros.toFixed(1)} µs of the processor each (goal 0.5: ${verdict(ratio >= 0.5)})`,
  );
  const wake = await wakeUp(writer.log, reader.log);
  line(
    `${name}: wake-up p50 ${wake.p50.toFixed(1)} ms, p99 ${wake.p99.toFixed(1)} ms (goal 20: ${verdict(wake.p99 < 20)})`,
  );
  await writer.close();
  await reader.close();
}

const folder = await mkdtemp(join(tmpdir(), 'quaywatch-bench-'));
await chmod(folder, 0o755);
const base = { OBJECT_DIR: join(folder, 'objects'), SECRETS_DIR: join(folder, 'secrets') };
const logger = makeLogger('bench', { level: 'warn', file: join(folder, 'log') });
const wanted = new Set(args.only.split(','));

if (wanted.has('postgres')) {
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  try {
    const secrets = openSecrets(base.SECRETS_DIR, true);
    const { systemClock } = await chooseAdapters({ ...base, DATABASE_URL: postgres.url }, 'x', logger).then(
      async (a) => {
        await a.close();
        return { systemClock: a.clock };
      },
    );
    await prepareDatabase(postgres.url, ['ingest'], () => secrets, systemClock);
    const rows = 200_000;
    const file = join(folder, 'rows.csv');
    const copied = Array.from({ length: rows }, (_, n) => {
      const { key, ...event } = eventOf(n);
      return `da.telemetry\t${n % 4}\t${n}\t${key}\t${JSON.stringify({ ...event, key })}\t${size}`;
    });
    await writeFile(file, `${copied.join('\n')}\n`);
    const psql = (sql: string) => run('psql', [postgres.url, '-qAtc', sql]);
    await psql(
      'create table raw (topic text, partition int, "offset" bigint, key text, event text, bytes int, primary key (topic, partition, "offset"))',
    );
    const copy = async (): Promise<number> => {
      await psql('truncate raw; checkpoint');
      const from = performance.now();
      const child = execFile('psql', [postgres.url, '-qc', '\\copy raw from stdin']);
      createReadStream(file).pipe(child.stdin!);
      await new Promise((resolve) => child.once('close', resolve));
      return perSecond(rows, performance.now() - from);
    };
    await show(
      'PostgreSQL',
      () => chooseAdapters({ ...base, DATABASE_URL: postgres.url }, 'bench', logger),
      copy,
      'psql COPY',
    );
  } finally {
    await postgres.stop();
  }
}

if (wanted.has('kafka')) {
  // Not bundled: it looks for files beside itself.
  const local = pathToFileURL(resolve('deploy/kafka/local/start-kafka.mjs')).href;
  const { fetchKafka, startKafka } = (await import(local)) as typeof import('../../deploy/kafka/local/start-kafka.mjs');
  const kafka = await startKafka({ dataDir: join(folder, 'kafka') });
  try {
    const lib = await fetchKafka({ tools: true });
    const perf = async (compression: string): Promise<number> => {
      const { stdout } = await run('java', [
        ...['-cp', join(lib, '*'), 'org.apache.kafka.tools.ProducerPerformance', '--topic', 'da.telemetry'],
        ...['--num-records', '400000', '--record-size', String(size), '--throughput', '-1', '--producer-props'],
        ...[
          `bootstrap.servers=${kafka.brokers[0]}`,
          'acks=all',
          'enable.idempotence=true',
          `compression.type=${compression}`,
          `batch.size=${batch * size}`,
        ],
      ]);
      return Math.round(Number(/([\d.]+) records\/sec[^\n]*\n?$/.exec(stdout.trim())?.[1] ?? NaN));
    };
    const environment = {
      ...base,
      EVENT_LOG: 'kafka',
      KAFKA_BROKERS: kafka.brokers.join(','),
      DATABASE_URL: 'postgres://unused',
    };
    for (const [client, compression] of [
      ['kafkajs', 'none'],
      ['kafkajs', 'zstd'],
      ['platformatic', 'none'],
      ['platformatic', 'lz4'],
      ['platformatic', 'zstd'],
    ] as const)
      await show(
        `Kafka (${client}, ${compression})`,
        () => chooseAdapters({ ...environment, KAFKA_CLIENT: client, KAFKA_COMPRESSION: compression }, 'bench', logger),
        () => perf(compression),
        'kafka-producer-perf-test',
      );
  } finally {
    await kafka.stop();
  }
}

/** Share of one core that this process and the database use while nothing happens, %. */
async function idle(name: string, postgres: number, goal?: number): Promise<void> {
  // What a start leaves behind: caches, statistics, first looks of jobs.
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const [server, used, began] = [treeMilliseconds(postgres), process.cpuUsage(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const length = performance.now() - began;
  const { user, system } = process.cpuUsage(used);
  const [ours, theirs] = [(user + system) / 10 / length, (100 * (treeMilliseconds(postgres) - server)) / length];
  const met = goal === undefined ? '' : ` (goal ${goal}: ${verdict(ours + theirs < goal)})`;
  line(
    `idle, ${name}: this process ${ours.toFixed(2)} %, PostgreSQL ${theirs.toFixed(2)} %, together ${(ours + theirs).toFixed(2)} % of a core${met}`,
  );
}

if (wanted.has('idle')) {
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'idle') });
  try {
    const adapters = await chooseAdapters({ ...base, DATABASE_URL: postgres.url }, 'bench', logger);
    await prepareDatabase(postgres.url, ['ingest'], () => openSecrets(base.SECRETS_DIR, true), adapters.clock);
    const handles = [];
    // More readers than the platform has: three groups on every topic.
    for (const topic of topicNames)
      for (const group of ['a', 'b', 'c'])
        handles.push(
          await adapters.log.subscribe({
            group: `${group}.${topic}`,
            topics: [topic],
            startAt: async () => 0,
            onBatch: async () => undefined,
          }),
        );
    await adapters.log.append('audit', [{ event: eventOf(1) }]);
    await idle(`the log with ${handles.length} readers`, postgres.pid, 1);
    await Promise.all(handles.map((handle) => handle.stop()));
    await adapters.close();
  } finally {
    await postgres.stop();
  }
  const dataDir = join(folder, 'platform');
  const portalDir = join(folder, 'portal');
  await mkdir(portalDir);
  await writeFile(join(portalDir, 'index.html'), '');
  const silent = new Progress(new Writable({ write: (_chunk, _encoding, done) => done() }));
  const ports = { host: '127.0.0.1', port: 0, mqttPort: 0 };
  const platform = await startPlatform(
    { dataDir, ...ports, publicUrl: 'http://localhost:8080', portalDir, environment: {} },
    silent,
  );
  const pid = Number(readFileSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);
  await idle('the whole platform, no device and nobody signed in', pid);
  await platform.stop();
}

if (wanted.has('archive')) {
  const days = 2;
  const start = Date.parse('2026-11-01T00:00:00Z');
  const lane: { offset: number; storedAt: number; event: unknown }[] = [];
  let values = 0;
  for (const [s, simulator] of [7, 8]
    .map((seed) => new SpreaderSimulator({ seed, startAt: start, faults: [] }))
    .entries()) {
    let seq = 0;
    for (const frame of simulator.live(start + days * 86_400_000)) {
      const samples = Object.entries(frame.signals).map(([signal, column]) => ({ signal, ...column }));
      for (const { values: column } of samples) values += column.length;
      const spreader = `spr_${s}`;
      const data = {
        btu: `BTU-${s}`,
        spreader,
        stream: frame.stream,
        boot: 1,
        seq: seq++,
        receivedAt: frame.at + 40,
        historical: false,
        clock: 'good',
        clockOffset: 0,
        samples,
      };
      lane.push({
        offset: 0,
        storedAt: frame.at + 55,
        event: JSON.parse(
          JSON.stringify({
            id: `evt_${s}_${seq}`,
            type: 'samples-received',
            v: 1,
            source: 'ingest',
            org: 'org_1',
            key: spreader,
            time: frame.at,
            data,
          }),
        ) as unknown,
      });
    }
  }
  lane.sort((a, b) => a.storedAt - b.storedAt).forEach((record, i) => (record.offset = i));
  const unused = (): Promise<never> => Promise.reject(new Error('not used'));
  const past: EventLog = {
    partitions: 1,
    append: unused,
    close: async () => undefined,
    endOffsets: async () => [lane.length],
    subscribe: async (subscription) => {
      const work = (async () => {
        const from = (await subscription.startAt('da.telemetry', 0)) as number;
        for (let i = from; i < lane.length; i += 500)
          await subscription.onBatch({ topic: 'da.telemetry', partition: 0, records: lane.slice(i, i + 500) });
      })();
      return { stop: () => work };
    },
  };
  const adapters = await chooseAdapters({ ...base, DATABASE_URL: 'postgres://unused' }, 'bench', logger);
  const from = performance.now();
  const sealed = await sealArchive(past, adapters.objects, start + (days + 1) * 86_400_000);
  const took = performance.now() - from;
  const each = sealed.bytes / sealed.values;
  line(
    `archive: ${sealed.values} values of ${values} in ${sealed.segments} hours, ${sealed.bytes} bytes, ${each.toFixed(2)} bytes/value (goal 3: ${verdict(each <= 3)}), ${perSecond(sealed.values, took)} values/s with checking each`,
  );
  const query = { org: 'org_1', spreader: 'spr_0', signal: 'hyd.press', from: start, to: start + days * 86_400_000 };
  const began = performance.now();
  const found = await exportSignal(adapters.objects, 1, query);
  line(
    `archive: one signal of one spreader, ${days} days, ${found.at.length} values: ${(performance.now() - began).toFixed(0)} ms`,
  );
  await adapters.close();
}
await rm(folder, { recursive: true, force: true });
process.exit(0);

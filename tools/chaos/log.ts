// npm run chaos:log: faults under load on the event log. Numbered events are appended by one instance and taken by three
// that share a read model with a fence; the server is stopped, killed and started, instances come and go. Prints for each
// fault what was lost (acknowledged, not in the read model), duplicated, out of order, and the time to recover.
// Arguments: --log postgres|kafka (postgres) --seconds N of load for each fault (8)
import type { EventEnvelope } from '@quaywatch/contracts';
import type { EventLog, LogBatch, SubscriptionHandle } from '@quaywatch/ports';
import {
  chooseAdapters,
  makeLogger,
  openSecrets,
  prepareDatabase,
  startEmbeddedPostgres,
  type Adapters,
} from '@quaywatch/runtime';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: { log: { type: 'string', default: 'postgres' }, seconds: { type: 'string', default: '8' } },
});
const keys = 12;
const topic = 'da.telemetry';
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** A read model that three instances share: the position is moved with the effect, and only from where it stood. */
class ReadModel {
  readonly seen = new Map<string, number[]>();
  stale = 0;
  constructor(private readonly next: number[]) {}

  async subscribe(log: EventLog): Promise<SubscriptionHandle> {
    const believed = new Map<number, number>();
    return log.subscribe({
      group: 'chaos',
      topics: [topic],
      startAt: async (_topic, partition) => {
        believed.set(partition, this.next[partition] ?? 0);
        return this.next[partition] ?? 0;
      },
      onBatch: async (batch) => {
        await pause(1);
        if (believed.get(batch.partition) !== this.next[batch.partition]) {
          this.stale++;
          throw new Error('another instance has taken over');
        }
        this.apply(batch);
        believed.set(batch.partition, this.next[batch.partition]!);
      },
    });
  }

  private apply({ partition, records }: LogBatch): void {
    for (const { offset, event } of records) {
      if (offset < this.next[partition]!) continue;
      const { key, data } = event as EventEnvelope<{ n: number }>;
      this.seen.set(key, [...(this.seen.get(key) ?? []), data.n]);
    }
    this.next[partition] = records.at(-1)!.offset + 1;
  }
}

/** Something that goes wrong, and ends by itself. */
interface Trial {
  readonly name: string;
  run(): Promise<void>;
}

async function trial({ name, run }: Trial, open: () => Promise<Adapters>): Promise<boolean> {
  const writer = await open();
  const readers = [await open(), await open(), await open()];
  const model = new ReadModel([...(await writer.log.endOffsets(topic))]);
  const handles = await Promise.all(readers.map((reader) => model.subscribe(reader.log)));
  const acknowledged = new Map<string, number[]>();
  const attempted = new Map<string, number>();
  let loading = true;
  let lastAcknowledged = performance.now();
  let longest = 0;
  let failed = 0;
  const load = Promise.all(
    Array.from({ length: keys }, async (_, k) => {
      const key = `${name}-${k}`.replaceAll(' ', '-');
      const list: number[] = [];
      acknowledged.set(key, list);
      for (let n = 0; loading; n++) {
        attempted.set(key, n + 1);
        const event = {
          id: `evt_${key}_${n}`,
          type: 'samples-received',
          v: 1,
          source: 'ingest',
          org: 'org_1',
          key,
          time: n,
          data: { n },
        };
        try {
          await writer.log.append(topic, [{ event }]);
          list.push(n);
          longest = Math.max(longest, performance.now() - lastAcknowledged);
          lastAcknowledged = performance.now();
        } catch {
          // May or may not be stored; it is never sent again, so it may be missing but not doubled.
          failed++;
        }
        await pause(3);
      }
    }),
  );
  await pause(Number(args.seconds) * 400);
  if (name.startsWith('instances')) {
    for (let i = 0; i < 3; i++) {
      await handles[i]!.stop();
      await pause(300);
      handles[i] = await model.subscribe(readers[i]!.log);
      await pause(300);
    }
  }
  await run();
  await pause(Number(args.seconds) * 600);
  loading = false;
  await load;
  const total = [...acknowledged.values()].reduce((sum, list) => sum + list.length, 0);
  const count = (): number =>
    [...acknowledged].reduce((sum, [key, list]) => {
      const seen = new Set(model.seen.get(key));
      return sum + list.filter((n) => seen.has(n)).length;
    }, 0);
  const began = performance.now();
  while (count() < total && performance.now() - began < 60_000) await pause(50);
  const caughtUp = performance.now() - began;
  let [doubled, disordered] = [0, 0];
  for (const list of model.seen.values()) {
    doubled += list.length - new Set(list).size;
    for (let i = 1; i < list.length; i++) if (list[i]! < list[i - 1]!) disordered++;
  }
  const lost = total - count();
  process.stdout.write(
    `${args.log}, ${name}: ${total} acknowledged, ${failed} refused, lost ${lost}, duplicated ${doubled}, out of order ${disordered}; longest wait for an acknowledgement ${(longest / 1000).toFixed(1)} s, readers level ${(caughtUp / 1000).toFixed(1)} s after the load, ${model.stale} stale batches refused\n`,
  );
  await Promise.all(handles.map((handle) => handle.stop()));
  for (const adapters of [writer, ...readers]) await adapters.close();
  return lost + doubled + disordered === 0 && total > 0;
}

const folder = await mkdtemp(join(tmpdir(), 'quaywatch-chaos-'));
await chmod(folder, 0o755);
const base = { OBJECT_DIR: join(folder, 'objects'), SECRETS_DIR: join(folder, 'secrets') };
const logger = makeLogger('chaos', { level: 'warn', file: join(folder, 'log') });
const nothing = { name: 'instances leave and come back', run: () => Promise.resolve() };
let whole = true;
if (args.log === 'kafka') {
  const local = pathToFileURL(resolve('deploy/kafka/local/start-kafka.mjs')).href;
  const { startKafka } = (await import(local)) as typeof import('../../deploy/kafka/local/start-kafka.mjs');
  const kafka = await startKafka({ dataDir: join(folder, 'kafka') });
  const environment = {
    ...base,
    EVENT_LOG: 'kafka',
    KAFKA_BROKERS: kafka.brokers.join(','),
    DATABASE_URL: 'postgres://unused',
  };
  const trials: Trial[] = [
    nothing,
    { name: 'broker stopped and started', run: () => kafka.restart() },
    { name: 'broker kill -9', run: () => kafka.kill9().then(() => kafka.restart()) },
  ];
  for (const one of trials) whole = (await trial(one, () => chooseAdapters(environment, 'chaos', logger))) && whole;
  await kafka.stop();
} else {
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const environment = { ...base, DATABASE_URL: postgres.url };
  const first = await chooseAdapters(environment, 'chaos', logger);
  await prepareDatabase(postgres.url, ['ingest'], () => openSecrets(base.SECRETS_DIR, true), first.clock);
  await first.close();
  const restarted = async (signal: NodeJS.Signals): Promise<void> => {
    const before = postgres.pid;
    process.kill(before, signal);
    while (postgres.pid === before) await pause(50);
  };
  const trials: Trial[] = [
    nothing,
    { name: 'server stopped fast and started', run: () => restarted('SIGINT') },
    { name: 'server kill -9', run: () => restarted('SIGKILL') },
  ];
  for (const one of trials) whole = (await trial(one, () => chooseAdapters(environment, 'chaos', logger))) && whole;
  await postgres.stop();
}
await rm(folder, { recursive: true, force: true });
process.exit(whole ? 0 : 1);

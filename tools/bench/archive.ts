// npm run bench:archive: reads one signal of one spreader from an archive of simulated data at 1 Hz.
// Arguments: --days N (30) --readings N (5) --keep FOLDER (uses the archive there, or makes it there and leaves it)
import { SpreaderSimulator } from '@quaywatch/domain/simulator';
import { days as daysOf } from '@quaywatch/kernel';
import type { EventLog, LogRecord } from '@quaywatch/ports';
import { chooseAdapters, compactArchive, exportSignal, makeLogger, sealArchive } from '@quaywatch/runtime';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    readings: { type: 'string', default: '5' },
    keep: { type: 'string' },
  },
});
const line = (text: string): void => void process.stdout.write(`${text}\n`);
const days = Number(args.days);
const start = Date.parse('2026-11-01T00:00:00Z');
const folder = args.keep ?? (await mkdtemp(join(tmpdir(), 'quaywatch-bench-')));
const there = existsSync(join(folder, 'objects'));
const { objects } = await chooseAdapters(
  { OBJECT_DIR: join(folder, 'objects'), SECRETS_DIR: join(folder, 'secrets'), DATABASE_URL: 'postgres://unused' },
  'bench',
  makeLogger('bench', { level: 'warn', file: join(folder, 'log') }),
);

/** One partition with what one spreader sent, a day at a time: a month does not fit into memory. */
class DayLog implements EventLog {
  readonly partitions = 1;
  private readonly simulator = new SpreaderSimulator({ seed: 7, startAt: start, faults: [] });
  private records: LogRecord[] = [];
  private end = 0;

  fill(until: number): void {
    this.records = [];
    for (const frame of this.simulator.live(until)) {
      const samples = Object.entries(frame.signals).map(([signal, column]) => ({ signal, ...column }));
      const event = {
        id: `evt_${this.end}`,
        type: 'samples-received',
        v: 1,
        source: 'ingest',
        org: 'org_1',
        key: 'spr_0',
        time: frame.at,
        data: {
          btu: 'BTU-0',
          spreader: 'spr_0',
          stream: frame.stream,
          boot: 1,
          seq: this.end,
          receivedAt: frame.at + 40,
          historical: false,
          clock: 'good',
          clockOffset: 0,
          samples,
        },
      };
      // Frames of two streams overlap in time; the log's clock only rises.
      const storedAt = Math.max(frame.at + 55, this.records.at(-1)?.storedAt ?? 0);
      this.records.push({ offset: this.end++, storedAt, event: JSON.parse(JSON.stringify(event)) as unknown });
    }
  }

  readonly append = (): Promise<never> => Promise.reject(new Error('only read'));
  readonly close = async (): Promise<void> => undefined;
  readonly endOffsets = async (): Promise<number[]> => [this.end];
  readonly subscribe: EventLog['subscribe'] = async (subscription) => {
    const work = (async () => {
      const from = (await subscription.startAt('da.telemetry', 0)) as number;
      const records = this.records.filter(({ offset }) => offset >= from);
      for (let i = 0; i < records.length; i += 500)
        await subscription.onBatch({ topic: 'da.telemetry', partition: 0, records: records.slice(i, i + 500) });
    })();
    return { stop: () => work };
  };
}

if (!there) {
  const log = new DayLog();
  const sum = { segments: 0, values: 0, bytes: 0, ms: 0, days: 0, dayBytes: 0, dayMs: 0 };
  for (let day = 1; day <= days; day++) {
    log.fill(start + daysOf(day));
    const from = performance.now();
    const sealed = await sealArchive(log, objects, start + daysOf(day + 1));
    sum.ms += performance.now() - from;
    sum.segments += sealed.segments;
    sum.values += sealed.values;
    sum.bytes += sealed.bytes;
    const between = performance.now();
    const compacted = await compactArchive(objects, 1, start + daysOf(day));
    sum.dayMs += performance.now() - between;
    sum.days += compacted.days;
    sum.dayBytes += compacted.bytes;
  }
  const each = (bytes: number): string => `${(bytes / sum.values).toFixed(2)} bytes/value`;
  const speed = (ms: number): string => `${Math.round((1000 * sum.values) / ms)} values/s`;
  line(
    `archive: ${sum.values} values in ${sum.segments} hours, ${each(sum.bytes)}, ${speed(sum.ms)}; compacted into ${sum.days} days, ${each(sum.dayBytes)}, ${speed(sum.dayMs)}`,
  );
}
const query = { org: 'org_1', spreader: 'spr_0', signal: 'hyd.press', from: start, to: start + daysOf(days) };
const [took, used]: [number[], number[]] = [[], []];
let found = 0;
for (let i = 0; i < Number(args.readings); i++) {
  const [began, before] = [performance.now(), process.cpuUsage()];
  found = (await exportSignal(objects, 1, query)).at.length;
  took.push(Math.round(performance.now() - began));
  const { user, system } = process.cpuUsage(before);
  used.push(Math.round((user + system) / 1000));
}
line(
  `one signal of one spreader, ${days} days, ${found} values: ${took.join(', ')} ms (the first with nothing cached); of the processor ${used.join(', ')} ms`,
);
await objects.close();
if (!args.keep) await rm(folder, { recursive: true, force: true });
process.exit(0);

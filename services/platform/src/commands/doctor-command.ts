import { describeError, Fault } from '@quaywatch/kernel';
import { archivedEventLog, makeLogger, readSegment, rebuildBeside, segmentsOf } from '@quaywatch/runtime';
import type { EventLog, LogRecord } from '@quaywatch/ports';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { definitions } from '../services';
import { openBesidePlatform, type PartsBeside } from '../work-beside';

const topic = 'da.telemetry';

/** Numbers of one stream of a device as the log has them. */
interface Stream {
  readonly seen: Set<number>;
  doubled: number;
  /** Numbers the device said it had to drop. */
  readonly dropped: [number, number][];
}

/** What was found of a log: streams of devices, and a hash of each record by partition and offset. */
export interface LogAudit {
  readonly streams: ReadonlyMap<string, Stream>;
  readonly hashes: readonly ReadonlyMap<number, string>[];
}

const hashOf = (record: LogRecord): string =>
  createHash('sha256').update(JSON.stringify(record.event)).digest('base64url').slice(0, 16);

/** Takes one record of the log into account. */
export function take(streams: Map<string, Stream>, event: unknown): void {
  const { type, data } = (event ?? {}) as { type?: string; data?: Record<string, unknown> };
  if (!data || (type !== 'samples-received' && type !== 'gap-reported')) return;
  const name = `${String(data['btu'])} boot ${String(data['boot'])} ${String(data['stream'])}`;
  const stream = streams.get(name) ?? { seen: new Set(), doubled: 0, dropped: [] };
  streams.set(name, stream);
  if (type === 'gap-reported') return void stream.dropped.push([Number(data['from']), Number(data['to'])]);
  const seq = Number(data['seq']);
  if (stream.seen.has(seq)) stream.doubled++;
  stream.seen.add(seq);
}

/** Numbers between the first and the last that are neither there nor reported as dropped. */
export function missingOf({ seen, dropped }: Pick<Stream, 'seen' | 'dropped'>): number[] {
  const missing: number[] = [];
  let [first, last] = [Infinity, -Infinity];
  for (const seq of seen) [first, last] = [Math.min(first, seq), Math.max(last, seq)];
  for (let seq = first; seq <= last; seq++)
    if (!seen.has(seq) && !dropped.some(([from, to]) => seq >= from && seq <= to)) missing.push(seq);
  return missing;
}

/**
 * `quaywatch doctor --deep`: device sequence numbers → log → archive → read models; every difference is a line, exit 3
 * when there is one. Works beside a running platform.
 */
export async function doctorCommand(options: { deep: boolean; dataDir: string }): Promise<void> {
  const parts = await openBesidePlatform(options.dataDir, 'doctor');
  let different = 0;
  const say: Say = (ok, text) => {
    if (!ok) different++;
    process.stdout.write(`${ok ? '=' : '≠'} ${text}\n`);
  };
  try {
    const audit = await readLog(parts.adapters.log);
    let frames = 0;
    for (const [name, stream] of [...audit.streams].sort()) {
      const missing = missingOf(stream);
      frames += stream.seen.size;
      if (missing.length > 0) say(false, `device ${name}: ${missing.length} numbers missing, first ${missing[0]}`);
      if (stream.doubled > 0) say(false, `device ${name}: ${stream.doubled} frames are in the log more than once`);
    }
    say(true, `device → log: ${frames} frames of ${audit.streams.size} streams looked at`);
    await compareArchive(parts, audit, say);
    if (options.deep) await compareViews(parts, options.dataDir, say);
    process.stdout.write(different === 0 ? 'No difference.\n' : `${different} differences.\n`);
    if (different > 0) process.exitCode = 3;
  } finally {
    await parts.close();
  }
}

/** Reads the whole topic once, up to where it ended at the call. */
export async function readLog(log: EventLog): Promise<LogAudit> {
  const ends = await log.endOffsets(topic);
  const streams = new Map<string, Stream>();
  const hashes = ends.map(() => new Map<number, string>());
  const next = ends.map(() => 0);
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const check = (): void => {
    if (ends.every((end, partition) => next[partition]! >= end)) finish();
  };
  check();
  const handle = await log.subscribe({
    group: `doctor-${process.pid}`,
    topics: [topic],
    startAt: async (_topic, partition) => next[partition] ?? 0,
    onBatch: async ({ partition, records }) => {
      for (const record of records) {
        if (record.offset >= ends[partition]!) break;
        take(streams, record.event);
        hashes[partition]?.set(record.offset, hashOf(record));
      }
      next[partition] = records.at(-1)!.offset + 1;
      check();
    },
  });
  await finished;
  await handle.stop();
  return { streams, hashes };
}

type Say = (ok: boolean, text: string) => void;

/** What cannot be looked at is a difference too, and does not keep the rest from being looked at. */
async function attempt(say: Say, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say(false, `${what}: ${error instanceof Fault ? `${error.code} ` : ''}${describeError(error)}`);
  }
}

/** How many of the offsets, which rise, are from `from` to before `to`. */
export function countBetween(offsets: readonly number[], from: number, to: number): number {
  const place = (limit: number): number => {
    let [low, high] = [0, offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle]! < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return place(to) - place(from);
}

async function compareArchive({ adapters }: PartsBeside, audit: LogAudit, say: Say): Promise<void> {
  let records = 0;
  for (const [partition, hashes] of audit.hashes.entries())
    await attempt(say, `archive ${partition}`, async () => {
      const offsets = [...hashes.keys()];
      // What is before the first record of the log is out of its time there, and only in the archive.
      const low = offsets[0] ?? Infinity;
      for (const segment of await segmentsOf(adapters.objects, partition))
        await attempt(say, `archive ${partition}/${segment.hour}`, async () => {
          const archived = await readSegment(adapters.objects, segment);
          const lost = archived.filter(({ offset }) => offset >= low && !hashes.has(offset)).length;
          const changed = archived.filter(({ offset, ...record }) => {
            const own = hashes.get(offset);
            return own !== undefined && own !== hashOf({ offset, ...record });
          }).length;
          const name = `archive ${partition}/${segment.hour}`;
          if (lost > 0) say(false, `${name}: ${lost} of its ${segment.records} records are not in the log`);
          if (changed > 0) say(false, `${name}: ${changed} records are not the same in the log`);
          const inLog = countBetween(offsets, segment.from, segment.to);
          if (inLog > segment.records - lost)
            say(false, `${name}: ${segment.records} records, the log has ${inLog} between the same offsets`);
          records += archived.length;
        });
    });
  say(true, `log → archive: ${records} archived records looked at`);
}

async function compareViews(parts: PartsBeside, dataDir: string, say: Say): Promise<void> {
  for (const definition of definitions.filter((candidate) => candidate.store)) {
    const url = await parts.urlOf(definition.name);
    for (const view of Object.keys(definition.views))
      await attempt(say, `log → ${definition.name} ${view}`, async () => {
        const { tables } = await rebuildBeside(
          {
            definition,
            view,
            url,
            surroundings: {
              ...parts.adapters,
              // What the log no longer has comes from the archive.
              log: archivedEventLog(parts.adapters.log, parts.adapters.objects),
              environment: parts.environment,
              logger: makeLogger(definition.name, { level: 'warn', file: join(dataDir, 'doctor.log') }),
            },
          },
          false,
        );
        for (const { table, rows, gone, added } of tables)
          say(
            gone + added === 0,
            `log → ${definition.name} ${view}.${table}: ${rows} rows${gone + added > 0 ? `, ${gone} not from the log, ${added} missing` : ''}`,
          );
      });
  }
}

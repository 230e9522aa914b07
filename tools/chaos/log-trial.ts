import type { EventEnvelope } from '@quaywatch/contracts';
import type { EventLog, LogBatch, SubscriptionHandle } from '@quaywatch/ports';
import type { Adapters } from '@quaywatch/runtime';

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

/** Something that goes wrong, and is over when `run` resolves. */
export interface Trial {
  readonly name: string;
  run(instances: Instances): Promise<void>;
}

/** The readers of a trial: each can leave its group and come back. */
export interface Instances {
  leaveAndReturn(index: number, away: number): Promise<void>;
}

/** What a trial is run with. */
export interface TrialOptions {
  /** Name of the log in the output. */
  readonly log: string;
  /** Load around the fault. */
  readonly seconds: number;
  open(): Promise<Adapters>;
}

/** Runs one fault under load and prints what came of it; false when something was lost, doubled or out of order. */
export async function runTrial({ name, run }: Trial, { log, seconds, open }: TrialOptions): Promise<boolean> {
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
  let over = Number.POSITIVE_INFINITY;
  let again: number | undefined;
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
          if (lastAcknowledged >= over) again ??= lastAcknowledged - over;
        } catch {
          // May or may not be stored; it is never sent again, so it may be missing but not doubled.
          failed++;
        }
        await pause(3);
      }
    }),
  );
  await pause(seconds * 400);
  await run({
    leaveAndReturn: async (index, away) => {
      await handles[index]!.stop();
      await pause(away);
      handles[index] = await model.subscribe(readers[index]!.log);
    },
  });
  over = performance.now();
  await pause(seconds * 600);
  // A fault is survived only when the log takes events again: the load goes on until it does, or for two minutes.
  const returned = (): boolean => again !== undefined;
  while (!returned() && performance.now() - over < 120_000) await pause(50);
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
  const recovered = again === undefined ? 'never' : `${(again / 1000).toFixed(1)} s`;
  process.stdout.write(
    `${log}, ${name}: ${total} acknowledged, ${failed} refused, lost ${lost}, duplicated ${doubled}, out of order ${disordered}; longest wait for an acknowledgement ${(longest / 1000).toFixed(1)} s, acknowledged again ${recovered} after the fault, readers level ${(caughtUp / 1000).toFixed(1)} s after the load, ${model.stale} stale batches refused\n`,
  );
  await Promise.all(handles.map((handle) => handle.stop()));
  for (const adapters of [writer, ...readers]) await adapters.close();
  return lost + doubled + disordered === 0 && total > 0 && again !== undefined;
}

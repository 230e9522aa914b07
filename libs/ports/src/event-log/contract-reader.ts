import { expect } from '@jest/globals';
import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import { describeError } from '@quaywatch/kernel';
import type { EventLog, LogBatch, LogRecord, Subscription, SubscriptionHandle } from './event-log';
import { waitUntil } from './wait-until';

/** The topic that the suite writes to. */
export const topic: Topic = 'da.telemetry';
let counter = 0;
/** A name that no other test has. */
export const unique = (name: string): string =>
  `${name}-${process.pid.toString(36)}${Date.now().toString(36)}${counter++}`;

/** An event with this key and data, as any telemetry. */
export const eventOf = (key: string, data: unknown): EventEnvelope => ({
  id: unique('evt'),
  type: 'samples-received',
  v: 1,
  source: 'ingest',
  org: 'org_contract',
  key,
  time: 1_700_000_000_000,
  data,
});

/** How a reader of the suite reads; from the end at the time of the call when not said otherwise. */
export interface ReadOptions {
  readonly from?: readonly number[] | 'end';
  readonly group?: string;
  readonly maxBatch?: number;
  onBatch?(batch: LogBatch): Promise<void>;
  readonly effect?: FencedEffect;
}

/** A consumer that keeps its position in memory and remembers everything it was given. */
export async function read(log: EventLog, options: ReadOptions = {}): Promise<Reader> {
  const from = options.from ?? (await log.endOffsets(topic));
  const reader = new Reader(from === 'end' ? [] : [...from], options);
  reader.handle = await log.subscribe(reader.subscription());
  return reader;
}

/** What a reader of the suite was given. */
export class Reader {
  readonly batches: LogBatch[] = [];
  readonly faults: unknown[] = [];
  readonly asked: number[] = [];
  handled = 0;
  handle: SubscriptionHandle | undefined;
  private readonly byKey = new Map<string, LogRecord[]>();

  constructor(
    private readonly next: number[],
    private readonly options: ReadOptions,
  ) {}

  subscription(): Subscription {
    return {
      group: this.options.group ?? unique('group'),
      topics: [topic],
      ...(this.options.maxBatch ? { maxBatch: this.options.maxBatch } : {}),
      startAt: async (_topic, partition) => {
        this.asked.push(partition);
        return this.options.effect?.position(partition) ?? this.next[partition] ?? 'end';
      },
      onBatch: async (batch) => {
        await this.options.onBatch?.(batch);
        this.options.effect?.apply(batch);
        this.handled++;
        this.batches.push(batch);
        this.next[batch.partition] = (batch.records.at(-1) as LogRecord).offset + 1;
        for (const record of batch.records) {
          const { key } = record.event as EventEnvelope;
          this.byKey.set(key, [...(this.byKey.get(key) ?? []), record]);
        }
      },
      onFault: (error) => void this.faults.push(error),
    };
  }

  records(key: string): readonly LogRecord[] {
    return this.byKey.get(key) ?? [];
  }

  of(key: string): readonly EventEnvelope[] {
    return this.records(key).map((record) => record.event as EventEnvelope);
  }

  numbers(key: string): readonly number[] {
    return this.of(key).map((event) => (event.data as { n: number }).n);
  }

  async has(keys: readonly string[], count: number, most?: number): Promise<void> {
    const enough = (): boolean => keys.every((key) => this.records(key).length >= count);
    try {
      await waitUntil(`${count} events for each key`, enough, most);
    } catch (error) {
      const last = this.faults.length > 0 ? describeError(this.faults.at(-1)) : 'none';
      throw new Error(`${(error as Error).message}; faults: ${this.faults.length}, last: ${last}`, { cause: error });
    }
  }

  expectRisingOffsets(): void {
    const last = new Map<number, number>();
    for (const { partition, records } of this.batches) {
      for (const { offset } of records) {
        expect(offset).toBeGreaterThan(last.get(partition) ?? -1);
        last.set(partition, offset);
      }
    }
  }

  stop(): Promise<void> {
    return this.handle?.stop() ?? Promise.resolve();
  }
}

/** A read model shared by instances. */
export interface FencedEffect {
  position(partition: number): number;
  apply(batch: LogBatch): void;
  numbers(key: string): readonly number[];
}

/** A read model shared by instances: an instance that does not stand where it believes is refused (law L2). */
export function fencedEffect(from: readonly number[]): FencedEffect {
  const positions = [...from];
  const byKey = new Map<string, number[]>();
  return {
    position: (partition) => positions[partition] as number,
    numbers: (key) => byKey.get(key) ?? [],
    apply: ({ partition, records }) => {
      if ((records[0] as LogRecord).offset !== positions[partition]) throw new Error('stale instance');
      for (const { event } of records) {
        const { key, data } = event as EventEnvelope<{ n: number }>;
        byKey.set(key, [...(byKey.get(key) ?? []), data.n]);
      }
      positions[partition] = (records.at(-1) as LogRecord).offset + 1;
    },
  };
}

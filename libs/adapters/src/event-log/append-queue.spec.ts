import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { AppendQueue, maxEventBytes, type AppendQueueOptions, type QueuedEvent } from './append-queue';

const event = (n: number, key = 'k', text = ''): { event: EventEnvelope } => ({
  event: {
    id: `evt_${n}`,
    type: 'samples-received',
    v: 1,
    source: 'ingest',
    org: 'org_1',
    key,
    time: 1,
    data: { n, text },
  },
});
const numberOf = ({ json }: QueuedEvent): number =>
  (JSON.parse(json.toString()) as EventEnvelope<{ n: number }>).data.n;

function queueOn(store: AppendQueueOptions['store'], options: Partial<AppendQueueOptions> = {}): AppendQueue {
  return new AppendQueue({
    partitions: 4,
    lane: (topic, partition) => `${topic} ${partition}`,
    store,
    batchRecords: 100,
    batchBytes: 100_000,
    timeout: 5000,
    waitingBytes: 1_000_000,
    ...options,
  });
}

describe('AppendQueue', () => {
  it('stores together what waits while one batch is being stored, in the order of the calls', async () => {
    const batches: number[][] = [];
    let release = (): void => undefined;
    const queue = queueOn(async (take) => {
      batches.push(take().map(numberOf));
      if (batches.length === 1) await new Promise<void>((resolve) => (release = resolve));
    });
    const first = queue.append('audit', [event(0)]);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [queue.append('audit', [event(1), event(2)]), queue.append('audit', [event(3)])];
    release();
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([[0], [1, 2, 3]]);
  });

  it('cuts a large append into batches and resolves when the last is stored', async () => {
    const sizes: number[] = [];
    const queue = queueOn(async (take) => void sizes.push(take().length), { batchRecords: 40 });
    await queue.append(
      'audit',
      Array.from({ length: 100 }, (_, n) => event(n)),
    );
    expect(sizes).toEqual([40, 40, 20]);
  });

  it('forgets the rest of an append whose first part failed, and goes on with the next', async () => {
    const stored: number[][] = [];
    let failed = false;
    const queue = queueOn(
      async (take) => {
        const numbers = take().map(numberOf);
        if (!failed) {
          failed = true;
          throw new Error('disk on fire');
        }
        stored.push(numbers);
      },
      { batchRecords: 2 },
    );
    const first = queue.append('audit', [event(0), event(1), event(2), event(3)]);
    const second = queue.append('audit', [event(4)]);
    await expect(first).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true });
    await second;
    expect(stored.flat()).toEqual([4]);
  });

  it('keeps what was not taken for the next try, until its time is over', async () => {
    let reachable = false;
    const stored: number[] = [];
    const queue = queueOn(
      async (take) => {
        if (!reachable) throw new Error('cannot connect');
        stored.push(...take().map(numberOf));
      },
      { timeout: 300 },
    );
    await expect(queue.append('audit', [event(0)])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    const patient = queue.append('audit', [event(1)]);
    reachable = true;
    await patient;
    expect(stored).toEqual([1]);
  });

  it('rejects all that waits at once when the log refuses for good', async () => {
    const queue = queueOn(async () => {
      throw new Fault('LOG_REFUSED', 'no permission');
    });
    await expect(queue.append('audit', [event(0)])).rejects.toMatchObject({ code: 'LOG_REFUSED', retryable: false });
  });

  it('refuses more than may wait, and has room again after', async () => {
    let release = (): void => undefined;
    const queue = queueOn(
      async (take) => {
        await new Promise<void>((resolve) => (release = resolve));
        take();
      },
      { waitingBytes: 1000 },
    );
    const waiting = queue.append('audit', [event(0, 'k', 'x'.repeat(600))]);
    await expect(queue.append('audit', [event(1, 'k', 'x'.repeat(600))])).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
    });
    release();
    await waiting;
    const later = queue.append('audit', [event(2)]);
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await later;
  });

  it('refuses an event that is too large or no JSON, with the whole append', async () => {
    const stored: number[] = [];
    const queue = queueOn(async (take) => void stored.push(...take().map(numberOf)));
    await expect(queue.append('audit', [event(0), event(1, 'k', 'x'.repeat(maxEventBytes))])).rejects.toMatchObject({
      code: 'EVENT_TOO_LARGE',
      retryable: false,
    });
    const circular = event(2);
    (circular.event as { data: unknown }).data = circular;
    await expect(queue.append('audit', [circular])).rejects.toMatchObject({ code: 'EVENT_NOT_JSON' });
    expect(stored).toEqual([]);
  });

  it('close waits for appends under way and refuses new ones', async () => {
    const stored: number[] = [];
    const queue = queueOn(async (take) => {
      const numbers = take().map(numberOf);
      await new Promise((resolve) => setImmediate(resolve));
      stored.push(...numbers);
    });
    void queue.append('audit', [event(0), event(1, 'other')]);
    await queue.close();
    expect(stored.sort()).toEqual([0, 1]);
    await expect(queue.append('audit', [event(2)])).rejects.toMatchObject({ code: 'LOG_CLOSED' });
  });
});

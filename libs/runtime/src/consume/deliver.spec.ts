import { beforeEach, describe, expect, it } from '@jest/globals';
import { done, Fault, quarantine, retry, skip, type Outcome } from '@quaywatch/kernel';
import type { ConsumerPosition, LogBatch, LogRecord, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { deliver, type Delivery } from './deliver';
import type { EventBatch } from './on-events';

/** The part of a store that delivery uses, in memory: rows, positions and published events commit together or not at all. */
class MemoryStore {
  rows: string[] = [];
  deadLetters: { offset: number; reason: string }[] = [];
  published: string[] = [];
  position: ConsumerPosition | undefined;
  replayUntil = 0;
  letters: object[] | null = null;

  readonly store = {
    transact: async <T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> => {
      const before = structuredClone({
        rows: this.rows,
        dead: this.deadLetters,
        published: this.published,
        position: this.position,
      });
      try {
        return await work(this.tx);
      } catch (error) {
        this.rows = before.rows;
        this.deadLetters = before.dead;
        this.published = before.published;
        this.position = before.position;
        throw error;
      }
    },
  } as unknown as ViewStore;

  private readonly tx = {
    query: (sql: string, parameters: readonly unknown[] = []) => {
      if (sql.includes('from consumer_replay'))
        return Promise.resolve([{ until: this.replayUntil ? String(this.replayUntil) : null, letters: this.letters }]);
      if (sql.includes('update dead_letter')) return Promise.resolve([]);
      if (sql.includes('insert into dead_letter')) {
        this.deadLetters.push({ offset: parameters[3] as number, reason: parameters[5] as string });
      } else this.rows.push(parameters[0] as string);
      return Promise.resolve([]);
    },
    publish: (events: readonly { id: string }[]) => {
      this.published.push(...events.map((event) => event.id));
      return Promise.resolve();
    },
    facts: { read: () => Promise.resolve([]), append: () => Promise.resolve({ kind: 'appended', revision: 1 }) },
    holdPosition: () => Promise.resolve(this.position),
    movePosition: (_c: string, _t: string, _p: number, from: ConsumerPosition | undefined, to: ConsumerPosition) => {
      if (from?.next !== this.position?.next) throw new Fault('STALE_INSTANCE', 'moved');
      this.position = to;
      return Promise.resolve();
    },
  } as unknown as StoreTransaction;
}

const record = (offset: number, btu = `BTU-${offset}`, outbox?: LogRecord['outbox']): LogRecord => ({
  offset,
  outbox,
  storedAt: offset,
  event: {
    id: `evt_${offset}`,
    type: 'btu-bound',
    v: 1,
    source: 'fleet',
    org: 'org_1',
    key: btu,
    time: offset,
    data: { btu, spreader: null, from: 0 },
  },
});
const batch = (...records: LogRecord[]): LogBatch => ({ topic: 'fleet', partition: 0, records });

describe('deliver', () => {
  let memory: MemoryStore;
  let quarantined: number[];
  const delivery = (
    handle: (batch: EventBatch) => Promise<Outcome>,
    believed = new Map<number, number>(),
  ): Delivery => ({
    consumer: 'view',
    topic: 'fleet',
    store: memory.store,
    handle,
    believed,
    onQuarantine: (offset) => quarantined.push(offset),
  });
  const storeAll = async ({ events, tx }: EventBatch): Promise<Outcome> => {
    for (const event of events) await tx.query('insert', [event.id]);
    return done;
  };

  beforeEach(() => {
    memory = new MemoryStore();
    quarantined = [];
  });

  it('stores the effect and moves the position together', async () => {
    await deliver(delivery(storeAll), batch(record(0), record(1)));
    expect(memory.rows).toEqual(['evt_0', 'evt_1']);
    expect(memory.position).toEqual({ next: 2, outboxes: {} });
  });

  it('handles nothing twice when a batch comes again', async () => {
    await deliver(delivery(storeAll), batch(record(0), record(1)));
    await deliver(delivery(storeAll), batch(record(0), record(1), record(2)));
    expect(memory.rows).toEqual(['evt_0', 'evt_1', 'evt_2']);
  });

  it('drops what the outbox relay sent twice, but keeps the rest', async () => {
    const twice = { owner: 'fleet', seq: 7 };
    await deliver(
      delivery(storeAll),
      batch(record(0, 'A', twice), record(1, 'A', twice), record(2, 'B', { owner: 'fleet', seq: 8 })),
    );
    await deliver(delivery(storeAll), batch(record(3, 'A', twice), record(4, 'C', { owner: 'other', seq: 1 })));
    expect(memory.rows).toEqual(['evt_0', 'evt_2', 'evt_4']);
    expect(memory.position).toEqual({ next: 5, outboxes: { fleet: 8, other: 1 } });
  });

  it('rolls everything back on retry and asks for the batch again', async () => {
    const handle = async (b: EventBatch): Promise<Outcome> => {
      await storeAll(b);
      return retry('not yet');
    };
    await expect(deliver(delivery(handle), batch(record(0)))).rejects.toMatchObject({ code: 'RETRY', retryable: true });
    expect(memory.rows).toEqual([]);
    expect(memory.position).toBeUndefined();
  });

  it('does not put aside what only failed in passing', async () => {
    const broken = Object.assign(new Error('terminating connection'), { code: '57P01' });
    await expect(
      deliver(
        delivery(() => Promise.reject(broken)),
        batch(record(0)),
      ),
    ).rejects.toBe(broken);
    expect(quarantined).toEqual([]);
  });

  it('puts aside only the event that cannot succeed, with its reason', async () => {
    const handle = (b: EventBatch): Promise<Outcome> =>
      b.events.some((event) => event.id === 'evt_1') ? Promise.resolve(quarantine('never')) : storeAll(b);
    await deliver(delivery(handle), batch(record(0), record(1), record(2)));
    expect(memory.rows).toEqual(['evt_0', 'evt_2']);
    expect(memory.deadLetters).toEqual([{ offset: 1, reason: 'never' }]);
    expect(quarantined).toEqual([1]);
    expect(memory.position?.next).toBe(3);
  });

  it('puts aside an event that makes the handler throw, and one that cannot be read', async () => {
    const handle = (b: EventBatch): Promise<Outcome> =>
      b.events.some((event) => event.id === 'evt_0') ? Promise.reject(new TypeError('x is undefined')) : storeAll(b);
    await deliver(delivery(handle), batch(record(0), { offset: 1, storedAt: 0, event: { nonsense: true } }, record(2)));
    expect(memory.deadLetters.map((letter) => letter.offset)).toEqual([0, 1]);
    expect(memory.rows).toEqual(['evt_2']);
  });

  it('stops at an event from the future instead of losing it', async () => {
    const future = { ...record(0), event: { ...(record(0).event as object), v: 9 } };
    await expect(deliver(delivery(storeAll), batch(future))).rejects.toMatchObject({ code: 'FUTURE_EVENT' });
    expect(memory.position).toBeUndefined();
    expect(quarantined).toEqual([]);
  });

  it('does not write when another instance has moved the position', async () => {
    const believed = new Map([[0, 0]]);
    memory.position = { next: 5, outboxes: {} };
    await expect(deliver(delivery(storeAll, believed), batch(record(5)))).rejects.toMatchObject({
      code: 'STALE_INSTANCE',
    });
    expect(memory.rows).toEqual([]);
  });

  it('does not skip ahead after the view was dropped under it', async () => {
    const believed = new Map([[0, 40]]);
    await expect(deliver(delivery(storeAll, believed), batch(record(40)))).rejects.toMatchObject({
      code: 'STALE_INSTANCE',
    });
  });

  it('drops facts and publications while replaying, and cuts the batch where the replay ends', async () => {
    memory.replayUntil = 2;
    const seen: [boolean, string[]][] = [];
    const handle = async (b: EventBatch): Promise<Outcome> => {
      seen.push([b.replaying, b.events.map((event) => event.id)]);
      await b.tx.publish(b.events);
      return storeAll(b);
    };
    await deliver(delivery(handle), batch(record(0), record(1), record(2)));
    expect(seen).toEqual([
      [true, ['evt_0', 'evt_1']],
      [false, ['evt_2']],
    ]);
    expect(memory.published).toEqual(['evt_2']);
    expect(memory.rows).toEqual(['evt_0', 'evt_1', 'evt_2']);
  });

  it('takes skip for an answer', async () => {
    await deliver(
      delivery(() => Promise.resolve(skip('not mine'))),
      batch(record(0)),
    );
    expect(memory.position?.next).toBe(1);
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { done, Fault } from '@quaywatch/kernel';
import type { EventLog, LogBatch, StoreTransaction, Subscription, ViewStore } from '@quaywatch/ports';
import { pino } from 'pino';
import { LogStrategy } from './log-strategy';

const store = {
  transact: <T>(work: (tx: StoreTransaction) => Promise<T>) =>
    work({
      query: () => Promise.resolve([]),
      publish: () => Promise.resolve(),
      position: () => Promise.resolve(undefined),
      holdPosition: () => Promise.resolve(undefined),
      movePosition: () => Promise.resolve(),
    } as unknown as StoreTransaction),
} as unknown as ViewStore;

const batch: LogBatch = { topic: 'fleet', partition: 0, records: [{ offset: 0, storedAt: 0, event: { no: 'event' } }] };

let subscription: Subscription;

async function listening(extras?: object): Promise<LogStrategy> {
  const log = {
    subscribe: (wanted: Subscription) => {
      subscription = wanted;
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  } as unknown as EventLog;
  const strategy = new LogStrategy('fleet', log, store, pino({ level: 'silent' }));
  strategy.addHandler('view fleet', () => Promise.resolve(done), true, extras as never);
  await new Promise<void>((resolve, reject) => {
    void strategy.listen((error) => (error ? reject(error as Error) : resolve()));
  });
  return strategy;
}

describe('a consumer that rests', () => {
  it('does so after a batch that was not full, until it is stopped', async () => {
    await listening({ mostAtOnce: 1, restFor: 100_000 });
    await subscription.onBatch(batch);
    const strategy = await listening({ mostAtOnce: 2, restFor: 100_000 });
    let rested = false;
    const resting = subscription.onBatch(batch).then(() => (rested = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(rested).toBe(false);
    await strategy.close();
    await resting;
  });
});

describe('readiness of a consumer', () => {
  let strategy: LogStrategy;

  beforeEach(async () => {
    strategy = await listening();
  });

  it('comes back when the log can be reached again, also when nothing is there to deliver', async () => {
    subscription.onFault?.(new Fault('LOG_UNAVAILABLE', 'no coordinator', { retryable: true }));
    expect(strategy.notReady).toEqual([expect.stringMatching(/no coordinator/)]);
    await subscription.startAt('fleet', 0);
    expect(strategy.notReady).toEqual([]);
  });

  it('does not come back while a batch fails again and again', async () => {
    const broken = { ...batch, records: null as never };
    await expect(subscription.onBatch(broken)).rejects.toThrow();
    subscription.onFault?.(new Error('handler failed'));
    await subscription.startAt('fleet', 0);
    expect(strategy.notReady).toHaveLength(1);
    await subscription.onBatch(batch);
    expect(strategy.notReady).toEqual([]);
  });

  it('leaves a partition that another instance took to that one', async () => {
    await expect(subscription.onBatch({ ...batch, records: null as never })).rejects.toThrow();
    subscription.onFault?.(new Fault('STALE_INSTANCE', 'moved'));
    await subscription.startAt('fleet', 1);
    expect(strategy.notReady).toEqual([]);
  });
});

import type { LogBatch } from '@quaywatch/ports';
import type { BesideFeed } from '../consume/log-strategy';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const lookEvery = 20;

/**
 * Lets a rebuilt view handle only what the view in use has handled, so that it never gets ahead of it (what the one in
 * use has not handled has not emitted its facts). `position` gives where the consumer in use stands.
 */
export function passUpToLive(
  consumers: ReadonlySet<string>,
  position: (consumer: string, topic: string, partition: number) => Promise<number>,
): BesideFeed {
  const known = new Map<string, number>();
  return {
    consumers,
    async *pass(consumer, batch, stopping) {
      const key = `${consumer} ${batch.topic} ${batch.partition}`;
      for (let left = batch.records; left.length > 0;) {
        if (stopping()) return yield* stopped();
        const last = left.at(-1)!.offset;
        if ((known.get(key) ?? 0) <= last) known.set(key, await position(consumer, batch.topic, batch.partition));
        const limit = known.get(key) ?? 0;
        const ready = left.filter((record) => record.offset < limit);
        if (ready.length > 0) yield { ...batch, records: ready };
        else await pause(lookEvery);
        left = left.slice(ready.length);
      }
    },
  };
}

/** Lets a view handle only what the log had stored by `asOf` (ms); `done` is told when a partition has no more of it. */
export function passAsOf(
  consumers: ReadonlySet<string>,
  asOf: number,
  done: (consumer: string, topic: string, partition: number) => void,
): BesideFeed {
  return {
    consumers,
    async *pass(consumer, batch, stopping) {
      const later = batch.records.findIndex((record) => record.storedAt > asOf);
      const ready = later < 0 ? batch.records : batch.records.slice(0, later);
      if (ready.length > 0) yield { ...batch, records: ready };
      if (later < 0) return;
      done(consumer, batch.topic, batch.partition);
      while (!stopping()) await pause(lookEvery);
      yield* stopped();
    },
  };
}

/** Ends a delivery without moving on; the subscription is being stopped. */
// eslint-disable-next-line require-yield
async function* stopped(): AsyncGenerator<LogBatch, void> {
  throw new Stopped();
}

/** The rebuild is being stopped. */
class Stopped extends Error {
  constructor() {
    super('the rebuild is being stopped');
    this.name = 'Stopped';
  }
}

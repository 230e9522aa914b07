import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, type EventEnvelope } from '@quaywatch/contracts';
import { eventOf, fencedEffect, read, topic, unique } from './contract-reader';
import type { EventLog } from './event-log';
import { waitUntil } from './wait-until';

/** A stored log that instances are opened on. */
export interface EventLogUnderTest {
  /** One more instance over the same stored log, as another process would open it. */
  open(): Promise<EventLog>;
  /** Makes the stored log unreachable as hard as it can (kill -9 where there is a process); the answer brings it back. */
  outage(): Promise<() => Promise<void>>;
  /** Removes the stored log. */
  close(): Promise<void>;
}

/** The promises of the event log, grade telemetry (`EventLog`); every implementation has to pass it. */
export function eventLogContract(name: string, factory: () => Promise<EventLogUnderTest>): void {
  describe(`event log contract: ${name}`, () => {
    let given: EventLogUnderTest;
    let log: EventLog;
    const opened: EventLog[] = [];

    const open = async (): Promise<EventLog> => {
      const instance = await given.open();
      opened.push(instance);
      return instance;
    };

    beforeAll(async () => {
      given = await factory();
      log = await open();
    }, 180_000);

    afterAll(async () => {
      await Promise.all(opened.map((instance) => instance.close()));
      await given?.close();
    }, 60_000);

    it('delivers what was appended, unchanged, in the partition of its key, with rising offsets', async () => {
      const reader = await read(log);
      const keys = Array.from({ length: 12 }, () => unique('key'));
      const events = keys.flatMap((key) => [
        eventOf(key, { n: 1 }),
        eventOf(key, { n: 2, list: [1.5, null, true, ''] }),
      ]);
      await log.append(
        topic,
        events.map((event) => ({ event })),
      );
      await reader.has(keys, 2);
      for (const { partition, records } of reader.batches) {
        for (const { event } of records)
          expect(partition).toBe(partitionOf((event as EventEnvelope).key, log.partitions));
      }
      for (const key of keys) expect(reader.of(key)).toEqual(events.filter((event) => event.key === key));
      reader.expectRisingOffsets();
      await reader.stop();
    });

    it('says when it stored each record, in order', async () => {
      const reader = await read(log);
      const key = unique('key');
      const from = Date.now();
      for (let n = 0; n < 5; n++) await log.append(topic, [{ event: eventOf(key, { n }) }]);
      const to = Date.now();
      await reader.has([key], 5);
      const times = reader.records(key).map((record) => record.storedAt);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      // The server's clock may differ a little from ours.
      expect(times[0]).toBeGreaterThan(from - 2000);
      expect(times[4]).toBeLessThan(to + 2000);
      await reader.stop();
    });

    it('keeps the order of calls for one key without awaiting them', async () => {
      const reader = await read(log);
      const keys = [unique('key'), unique('key'), unique('key')];
      const appended: Promise<void>[] = [];
      for (let n = 0; n < 300; n += 3) {
        // One event for each key, then two more for one of them, in calls of different size.
        appended.push(
          log.append(
            topic,
            keys.map((key) => ({ event: eventOf(key, { n }) })),
          ),
        );
        for (const key of keys)
          appended.push(
            log.append(
              topic,
              [1, 2].map((step) => ({ event: eventOf(key, { n: n + step }) })),
            ),
          );
        if (n % 60 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(appended);
      await reader.has(keys, 300);
      for (const key of keys) expect(reader.numbers(key)).toEqual(Array.from({ length: 300 }, (_, n) => n));
      await reader.stop();
    });

    it('skips nothing while several instances write and one reads', async () => {
      const writers = await Promise.all([open(), open(), open()]);
      const reader = await read(log);
      const keys = writers.flatMap((_, writer) => [0, 1, 2, 3].map((n) => unique(`w${writer}-${n}`)));
      await Promise.all(
        writers.map(async (writer, w) => {
          const own = keys.slice(4 * w, 4 * w + 4);
          for (let n = 0; n < 60; n++)
            await writer.append(
              topic,
              own.map((key) => ({ event: eventOf(key, { n }) })),
            );
        }),
      );
      await reader.has(keys, 60);
      for (const key of keys) expect(reader.numbers(key)).toEqual(Array.from({ length: 60 }, (_, n) => n));
      reader.expectRisingOffsets();
      await reader.stop();
      await Promise.all(writers.map((writer) => writer.close()));
    });

    it('starts at the offset asked for', async () => {
      const from = await log.endOffsets(topic);
      const key = unique('key');
      const partition = partitionOf(key, log.partitions);
      await log.append(
        topic,
        Array.from({ length: 20 }, (_, n) => ({ event: eventOf(key, { n }) })),
      );
      const start = from.map((offset, p) => (p === partition ? offset + 7 : offset));
      const reader = await read(log, { from: start });
      await reader.has([key], 13);
      expect(reader.numbers(key)).toEqual(Array.from({ length: 13 }, (_, n) => n + 7));
      expect(reader.batches.find((batch) => batch.partition === partition)?.records[0]?.offset).toBe(start[partition]);
      await reader.stop();
    });

    it('delivers one batch of a partition at a time, none larger than maxBatch', async () => {
      const from = await log.endOffsets(topic);
      const keys = Array.from({ length: 8 }, () => unique('key'));
      await log.append(
        topic,
        keys.flatMap((key) => Array.from({ length: 20 }, (_, n) => ({ event: eventOf(key, { n }) }))),
      );
      const busy = new Set<number>();
      const reader = await read(log, {
        from,
        maxBatch: 7,
        onBatch: async ({ partition, records }) => {
          expect(busy.has(partition)).toBe(false);
          expect(records.length).toBeGreaterThan(0);
          expect(records.length).toBeLessThanOrEqual(7);
          busy.add(partition);
          await new Promise((resolve) => setImmediate(resolve));
          busy.delete(partition);
        },
      });
      await reader.has(keys, 20);
      expect(reader.faults).toEqual([]);
      for (const key of keys) expect(reader.numbers(key)).toEqual(Array.from({ length: 20 }, (_, n) => n));
      await reader.stop();
    });

    it('delivers again from startAt after onBatch rejected, and tells onFault', async () => {
      const from = await log.endOffsets(topic);
      const key = unique('key');
      const others = Array.from({ length: 8 }, () => unique('key'));
      const partition = partitionOf(key, log.partitions);
      const refused: number[] = [];
      await log.append(topic, [
        ...Array.from({ length: 30 }, (_, n) => ({ event: eventOf(key, { n }) })),
        ...others.map((other) => ({ event: eventOf(other, { n: 0 }) })),
      ]);
      const reader = await read(log, {
        from,
        maxBatch: 10,
        onBatch: async (batch) => {
          const offset = batch.records[0]?.offset as number;
          // The second batch of the partition fails twice.
          if (batch.partition === partition && offset >= (from[partition] as number) + 10 && refused.length < 2) {
            refused.push(offset);
            throw new Error('refused by the test');
          }
        },
      });
      await reader.has([key], 30);
      await reader.has(others, 1);
      expect(reader.numbers(key)).toEqual(Array.from({ length: 30 }, (_, n) => n));
      expect(refused).toHaveLength(2);
      expect(refused[1]).toBe(refused[0]);
      expect(reader.faults.filter((fault) => /refused by the test/.test(String(fault)))).toHaveLength(2);
      expect(reader.asked.filter((asked) => asked === partition).length).toBeGreaterThanOrEqual(3);
      await reader.stop();
    });

    it('goes on with other partitions while one keeps failing', async () => {
      const bad = unique('key');
      const partition = partitionOf(bad, log.partitions);
      const good = unusedKey((key) => partitionOf(key, log.partitions) !== partition);
      let failed = 0;
      const reader = await read(log, {
        onBatch: async (batch) => {
          if (batch.partition !== partition) return;
          failed++;
          throw new Error('refused by the test');
        },
      });
      await log.append(topic, [{ event: eventOf(bad, { n: 0 }) }]);
      await waitUntil('the first failure', () => failed > 0);
      for (let n = 0; n < 5; n++) {
        await log.append(topic, [{ event: eventOf(good, { n }) }]);
        await reader.has([good], n + 1);
      }
      await waitUntil('another try of the failing partition', () => failed > 1);
      expect(reader.of(bad)).toEqual([]);
      await reader.stop();
    });

    it('shares the partitions of a group and hands over, each event once in effect', async () => {
      const [first, second] = await Promise.all([open(), open()]);
      const shared = { group: unique('group'), from: await log.endOffsets(topic) };
      const keys = Array.from({ length: 16 }, () => unique('key'));
      const effect = fencedEffect(shared.from);
      const a = await read(first as EventLog, { ...shared, effect });
      const b = await read(second as EventLog, { ...shared, effect });
      let n = 0;
      const more = async (): Promise<void> => {
        await log.append(
          topic,
          keys.map((key) => ({ event: eventOf(key, { n }) })),
        );
        n++;
        await waitUntil(`round ${n} of the group`, () => keys.every((key) => effect.numbers(key).length === n), 30_000);
      };
      await waitUntil(
        'both instances get something',
        async () => (await more(), a.handled > 0 && b.handled > 0),
        60_000,
      );
      // One instance goes; the other takes over its partitions.
      await (first as EventLog).close();
      const before = a.handled;
      for (let round = 0; round < 3; round++) await more();
      expect(a.handled).toBe(before);
      for (const key of keys) expect(effect.numbers(key)).toEqual(Array.from({ length: n }, (_, i) => i));
      await b.stop();
    }, 120_000);

    it("gives only what comes from now on when it starts at 'end'", async () => {
      const key = unique('key');
      await log.append(topic, [{ event: eventOf(key, { n: -1 }) }]);
      const reader = await read(log, { from: 'end' });
      let n = 0;
      await waitUntil('something is delivered', async () => {
        await log.append(topic, [{ event: eventOf(key, { n: n++ }) }]);
        return reader.of(key).length > 0;
      });
      await log.append(topic, [{ event: eventOf(key, { n }) }]);
      await waitUntil('the last is delivered', () => reader.numbers(key).at(-1) === n);
      const got = reader.numbers(key);
      expect(got[0]).toBeGreaterThanOrEqual(0);
      expect(got).toEqual(Array.from({ length: got.length }, (_, i) => (got[0] as number) + i));
      await reader.stop();
    });

    it('tells the end offset of each partition', async () => {
      const before = await log.endOffsets(topic);
      const key = unique('key');
      await log.append(
        topic,
        [1, 2, 3].map((n) => ({ event: eventOf(key, { n }) })),
      );
      const after = await log.endOffsets(topic);
      expect(after).toHaveLength(log.partitions);
      expect(after.map((end, p) => end - (before[p] as number))).toEqual(
        before.map((_, p) => (p === partitionOf(key, log.partitions) ? 3 : 0)),
      );
    });

    it('keeps the marks of outboxes', async () => {
      const reader = await read(log);
      const key = unique('key');
      const large = Number.MAX_SAFE_INTEGER;
      await log.append(topic, [
        { event: eventOf(key, { n: 0 }), outbox: { owner: 'fleet', seq: 1 } },
        { event: eventOf(key, { n: 1 }) },
        { event: eventOf(key, { n: 2 }), outbox: { owner: 'alerting', seq: large } },
      ]);
      await reader.has([key], 3);
      const marks = reader.records(key).map((record) => record.outbox);
      expect(marks).toEqual([{ owner: 'fleet', seq: 1 }, undefined, { owner: 'alerting', seq: large }]);
      await reader.stop();
    });

    it('takes many events in one append, and events of half a megabyte', async () => {
      const reader = await read(log);
      const keys = Array.from({ length: 5 }, () => unique('key'));
      await log.append(
        topic,
        Array.from({ length: 6000 }, (_, i) => ({ event: eventOf(keys[i % 5] as string, { n: Math.floor(i / 5) }) })),
      );
      const heavy = unique('key');
      const text = 'Ω'.repeat(250_000);
      await Promise.all(
        Array.from({ length: 8 }, (_, n) => log.append(topic, [{ event: eventOf(heavy, { n, text }) }])),
      );
      await reader.has(keys, 1200, 60_000);
      await reader.has([heavy], 8, 60_000);
      for (const key of keys) expect(reader.numbers(key)).toEqual(Array.from({ length: 1200 }, (_, n) => n));
      expect(reader.numbers(heavy)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(reader.of(heavy).every((event) => (event.data as { text: string }).text === text)).toBe(true);
      await reader.stop();
    }, 90_000);

    it('keeps every character in key and data, U+0000 and unpaired surrogates included', async () => {
      const reader = await read(log);
      const key = `${unique('key')} Ærø \u{1f3d7} "'{},\\ null`;
      const data = {
        'nul \u0000 key':
          'nul \u0000 lone \ud800 and \udc00 pair \u{1f600} bom \ufeff line \u2028 \u2029 \u007f \\u0000 "\\',
        empty: '',
      };
      const event = eventOf(key, data);
      await log.append(topic, [{ event }]);
      await reader.has([key], 1);
      expect(reader.of(key)).toEqual([event]);
      await reader.stop();
    });

    it('stop waits for the batch under way and takes no new one', async () => {
      const key = unique('key');
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let started = false;
      let ended = false;
      const reader = await read(log, {
        maxBatch: 1,
        onBatch: async () => {
          started = true;
          await held;
          ended = true;
        },
      });
      await log.append(
        topic,
        [1, 2, 3].map((n) => ({ event: eventOf(key, { n }) })),
      );
      await waitUntil('the batch is under way', () => started);
      const stopped = reader.stop().then(() => ended);
      release();
      expect(await stopped).toBe(true);
      expect(reader.batches).toHaveLength(1);
    });

    it('close finishes appends under way; later ones are refused', async () => {
      const other = await open();
      const key = unique('key');
      const from = await log.endOffsets(topic);
      const appended = Array.from({ length: 50 }, (_, n) => other.append(topic, [{ event: eventOf(key, { n }) }]));
      await other.close();
      await expect(Promise.all(appended)).resolves.toHaveLength(50);
      await expect(other.append(topic, [{ event: eventOf(key, { n: 50 }) }])).rejects.toMatchObject({
        name: 'Fault',
        code: 'LOG_CLOSED',
      });
      const reader = await read(log, { from });
      await reader.has([key], 50);
      expect(reader.numbers(key)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      await reader.stop();
    });

    it('appends nothing for an empty append', async () => {
      const before = await log.endOffsets(topic);
      await log.append(topic, []);
      expect(await log.endOffsets(topic)).toEqual(before);
    });

    it('rejects with LOG_UNAVAILABLE while the log is away, loses nothing that it had resolved, and goes on after', async () => {
      const key = unique('key');
      const from = await log.endOffsets(topic);
      const reader = await read(log, { from });
      const resolved: number[] = [];
      let n = 0;
      const tryOne = async (): Promise<void> => {
        const own = n++;
        await log.append(topic, [{ event: eventOf(key, { n: own }) }]);
        resolved.push(own);
      };
      for (let i = 0; i < 20; i++) await tryOne();
      // Appends are under way at the moment of the outage.
      const underWay = Promise.allSettled(Array.from({ length: 50 }, () => tryOne()));
      const restore = await given.outage();
      await underWay;
      await expect(tryOne()).rejects.toMatchObject({ name: 'Fault', code: 'LOG_UNAVAILABLE', retryable: true });
      await restore();
      await waitUntil(
        'appends work again',
        () =>
          tryOne().then(
            () => true,
            () => false,
          ),
        60_000,
      );
      await reader.has([key], resolved.length, 60_000);
      await waitUntil(
        'everything resolved is delivered',
        () => resolved.every((own) => reader.numbers(key).includes(own)),
        60_000,
      );
      const again = await read(await open(), { from });
      await waitUntil(
        'another instance finds it all',
        () => resolved.every((own) => again.numbers(key).includes(own)),
        60_000,
      );
      const numbers = again.numbers(key);
      expect(numbers.filter((own, i) => i > 0 && own < (numbers[i - 1] as number))).toEqual([]);
      await Promise.all([reader.stop(), again.stop()]);
    }, 180_000);
  });
}

function unusedKey(fits: (key: string) => boolean): string {
  for (;;) {
    const key = unique('key');
    if (fits(key)) return key;
  }
}

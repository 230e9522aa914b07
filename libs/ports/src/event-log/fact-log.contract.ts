import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventCatalogue, type EventDefinition, type EventEnvelope, type ServiceName } from '@quaywatch/contracts';
import { keyId } from '@quaywatch/kernel';
import type { EventLog, SubscriptionHandle } from './event-log';
import type { FactLog, NewFact } from './fact-log';
import { waitUntil } from './wait-until';

/** The service whose facts the contract suite appends. */
export const factLogContractService: ServiceName = 'alerting';

/** One fact log with what belongs to it. */
export interface FactLogUnderTest {
  /** The fact log of service `alerting` (`factLogContractService`); each call is a transaction of its own. */
  readonly factLog: FactLog;
  /** Where its facts are delivered. */
  readonly eventLog: EventLog;
  /** Relays all that was appended before to `eventLog`; resolves when it is there. */
  settle(): Promise<void>;
  /** Relays what waits, but dies after sending and before noting it as sent; resolves after that. */
  simulateRelayCrash?(): Promise<void>;
  close(): Promise<void>;
}

let counter = 0;
const unique = (name: string): string => `${name}-${process.pid.toString(36)}${Date.now().toString(36)}${counter++}`;

/** The promises of the fact grade (`FactLog`); every implementation has to pass it. */
export function factLogContract(name: string, factory: () => Promise<FactLogUnderTest>): void {
  describe(`fact log contract: ${name}`, () => {
    let given: FactLogUnderTest;
    const handles: SubscriptionHandle[] = [];

    beforeAll(async () => {
      given = await factory();
    }, 120_000);

    afterAll(async () => {
      await Promise.all(handles.map((handle) => handle.stop()));
      await given?.close();
    }, 60_000);

    it('reads an unknown stream as empty', async () => {
      expect(await given.factLog.read(unique('alarm'))).toEqual([]);
    });

    it('appends at the expected revision and reads back in order with stream, revision and source', async () => {
      const alarm = unique('alarm');
      const facts = [raised(alarm), acknowledged(alarm, 1), cleared(alarm)];
      expect(await given.factLog.append(alarm, 0, facts.slice(0, 2))).toEqual({ kind: 'appended', revision: 2 });
      expect(await given.factLog.append(alarm, 2, facts.slice(2))).toEqual({ kind: 'appended', revision: 3 });
      const expected = facts.map((fact, i) => ({
        ...fact,
        source: factLogContractService,
        stream: alarm,
        revision: i + 1,
      }));
      expect(await given.factLog.read(alarm)).toEqual(expected);
    });

    it('keeps every character, U+0000, unpaired surrogates and emoji included', async () => {
      const alarm = unique('alarm');
      const note = 'nul \u0000 lone \ud800 pair \u{1f3d7} line\u2028\n"quoted" \\ end';
      await given.factLog.append(alarm, 0, [acknowledged(alarm, 1, note)]);
      expect((await given.factLog.read(alarm))[0]?.data).toMatchObject({ note });
    });

    it('refuses an unexpected revision, tells the real one and stores nothing', async () => {
      const alarm = unique('alarm');
      await given.factLog.append(alarm, 0, [raised(alarm)]);
      expect(await given.factLog.append(alarm, 0, [raised(alarm)])).toEqual({ kind: 'conflict', revision: 1 });
      expect(await given.factLog.append(alarm, 7, [cleared(alarm), cleared(alarm)])).toEqual({
        kind: 'conflict',
        revision: 1,
      });
      expect(await given.factLog.read(alarm)).toHaveLength(1);
    });

    it('lets exactly one of many concurrent appends to one stream win', async () => {
      const alarm = unique('alarm');
      await given.factLog.append(alarm, 0, [raised(alarm)]);
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          given.factLog.append(alarm, 1, [acknowledged(alarm, i), acknowledged(alarm, i)]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.kind === 'appended')).toEqual([{ kind: 'appended', revision: 3 }]);
      expect(outcomes.filter((outcome) => outcome.kind === 'conflict')).toEqual(
        Array(7).fill({ kind: 'conflict', revision: 3 }),
      );
      const stored = await given.factLog.read(alarm);
      expect(stored.map((event) => event.revision)).toEqual([1, 2, 3]);
      const winner = outcomes.findIndex((outcome) => outcome.kind === 'appended');
      expect(stored.slice(1).map((event) => (event.data as { at: number }).at)).toEqual([winner, winner]);
    });

    it('gives data of an older version upcast to the latest', async () => {
      const alarm = unique('alarm');
      await given.factLog.append(alarm, 0, [acknowledged(alarm, 1)]);
      const [before] = await given.factLog.read(alarm);
      expect(before).toMatchObject({ v: 1, data: { note: null } });
      await withNewerVersion(
        'alarm-acknowledged',
        (data) => ({ ...(data as object), note: 'upcast' }),
        async () => {
          const [after] = await given.factLog.read(alarm);
          expect(after).toMatchObject({ v: 2, data: { note: 'upcast' } });
        },
      );
    });

    it.each([
      ['a fact of another service', 'condition-changed'],
      ['an event of grade telemetry', 'samples-received'],
      ['an unknown type', 'no-such-event'],
    ])('refuses %s with NOT_OWNER and stores nothing', async (_what, type) => {
      const alarm = unique('alarm');
      const foreign = { ...raised(alarm), type };
      await expect(given.factLog.append(alarm, 0, [raised(alarm), foreign])).rejects.toMatchObject({
        name: 'Fault',
        code: 'NOT_OWNER',
      });
      expect(await given.factLog.read(alarm)).toEqual([]);
    });

    it('delivers every fact through the event log, in order of appending, exactly once in effect', async () => {
      const consumer = await consume();
      const alarms = Array.from({ length: 6 }, () => unique('alarm'));
      for (let round = 0; round < 5; round++) {
        const outcomes = await Promise.all(
          alarms.map((alarm) => given.factLog.append(alarm, round, [acknowledged(alarm, round)])),
        );
        expect(outcomes.every((outcome) => outcome.kind === 'appended')).toBe(true);
        // A refused append must leave nothing behind in the outbox.
        await given.factLog.append(alarms[0] as string, 99, [cleared(alarms[0] as string)]);
        if (round === 2) await given.settle();
      }
      await given.settle();
      await consumer.seen(alarms, 5);
      for (const alarm of alarms) expect(consumer.of(alarm)).toEqual(await given.factLog.read(alarm));
    });

    it('delivers in effect once what a crashed relay sent twice', async () => {
      const consumer = await consume();
      const alarm = unique('alarm');
      const facts = Array.from({ length: 10 }, (_, i) => acknowledged(alarm, i));
      await given.factLog.append(alarm, 0, facts);
      if (given.simulateRelayCrash) {
        await given.simulateRelayCrash();
        await given.factLog.append(alarm, 10, [cleared(alarm)]);
        await given.settle();
        await consumer.seen([alarm], 11);
        expect(consumer.dropped).toBe(10);
      } else {
        await given.settle();
        await consumer.seen([alarm], 10);
      }
      expect(consumer.of(alarm)).toEqual(await given.factLog.read(alarm));
    });

    /** A consumer as the runtime's: what an outbox sent twice is dropped by its mark. */
    async function consume(): Promise<{
      of(key: string): readonly unknown[];
      seen(keys: readonly string[], count: number): Promise<void>;
      dropped: number;
    }> {
      // What earlier tests left in the outbox is none of this consumer's business.
      await given.settle();
      const from = await given.eventLog.endOffsets('alerting');
      const effect: EventEnvelope[] = [];
      const marks = new Map<string, number>();
      const next = [...from];
      const consumer = {
        dropped: 0,
        of: (key: string) => effect.filter((event) => event.key === key),
        seen: (keys: readonly string[], count: number) =>
          waitUntil(
            `${count} facts of each stream delivered`,
            () => keys.every((key) => consumer.of(key).length >= count),
            30_000,
          ),
      };
      const handle = await given.eventLog.subscribe({
        group: unique('fact-contract'),
        topics: ['alerting'],
        startAt: async (_topic, partition) => next[partition] as number,
        onBatch: async ({ partition, records }) => {
          for (const { offset, event, outbox } of records) {
            next[partition] = offset + 1;
            const mark = `${outbox?.owner} ${partition}`;
            if (!outbox || outbox.owner !== factLogContractService)
              throw new Error('a fact came without the mark of its outbox');
            if (outbox.seq <= (marks.get(mark) ?? 0)) consumer.dropped++;
            else effect.push(event as EventEnvelope);
            marks.set(mark, Math.max(outbox.seq, marks.get(mark) ?? 0));
          }
        },
      });
      handles.push(handle);
      return consumer;
    }
  });
}

/** Runs `work` with a catalogue in which `type` has one version more, of the same shape. */
async function withNewerVersion(
  type: string,
  upcast: (data: unknown) => unknown,
  work: () => Promise<void>,
): Promise<void> {
  const catalogue = eventCatalogue as Map<string, EventDefinition>;
  const definition = catalogue.get(type) as EventDefinition;
  const latest = definition.versions.at(-1) as EventDefinition['versions'][0];
  catalogue.set(type, {
    ...definition,
    versions: [...definition.versions, latest],
    upcasts: [...(definition.upcasts ?? []), upcast],
  });
  try {
    await work();
  } finally {
    catalogue.set(type, definition);
  }
}

const fact = (alarm: string, type: string, data: unknown): NewFact => ({
  id: keyId('event', unique(type)),
  type,
  v: 1,
  org: 'org_contract',
  key: alarm,
  time: 1_700_000_000_000,
  data,
});

const raised = (alarm: string): NewFact =>
  fact(alarm, 'alarm-raised', {
    alarm,
    spreader: 'spr_1',
    component: 'twistlock-1',
    code: 'FM-02',
    title: 'Stiff twistlock',
    level: 'plan',
    risk: 'production',
    finding: null,
    raisedAt: 1_700_000_000_000,
    reason: 'contract',
    late: false,
  });

const acknowledged = (alarm: string, at: number, note: string | null = null): NewFact =>
  fact(alarm, 'alarm-acknowledged', { alarm, by: 'usr_1', at, note });

const cleared = (alarm: string): NewFact => fact(alarm, 'alarm-cleared', { alarm, at: 1, reason: 'contract' });

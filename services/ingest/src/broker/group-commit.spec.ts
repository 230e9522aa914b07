import { describe, expect, it } from '@jest/globals';
import { partitionOf } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { EventLog } from '@quaywatch/ports';
import type { TelemetryEvent } from './frame-event';
import { GroupCommit, groupCommitLimits, type GroupCommitLimits } from './group-commit';

/** A log in memory whose appends end when the test says so. */
class HeldLog {
  readonly appends: { names: string[]; end(error?: unknown): void }[] = [];
  private arrived: (() => void) | undefined;

  constructor(readonly partitions: number) {}

  append(_topic: string, events: readonly { event: { id: string } }[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: unknown): void => (error === undefined ? resolve() : reject(error as Error));
      this.appends.push({ names: events.map(({ event }) => event.id), end });
      this.arrived?.();
    });
  }

  /** The append of this number, as soon as it has come. */
  async nth(n: number): Promise<{ names: string[]; end(error?: unknown): void }> {
    while (this.appends.length <= n) await new Promise<void>((resolve) => (this.arrived = resolve));
    return this.appends[n] as HeldLog['appends'][0];
  }
}

const event = (btu: string, n: number, values = 1): TelemetryEvent => ({
  id: `${btu}${n}`,
  type: 'samples-received',
  v: 1,
  source: 'ingest',
  org: 'org',
  key: btu,
  time: 0,
  data: { btu, rawBase64: 'x'.repeat(60 + 24 * values) },
});
const open = (partitions = 1, limits: Partial<GroupCommitLimits> = {}): { log: HeldLog; commit: GroupCommit } => {
  const log = new HeldLog(partitions);
  const all = { ...groupCommitLimits(1_000_000), ...limits };
  return { log, commit: new GroupCommit(log as unknown as EventLog, 'da.telemetry', all) };
};
const outage = new Fault('LOG_UNAVAILABLE', 'gone', { retryable: true });
const outcome = (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'stored',
    (error: unknown) => (error as Fault).code,
  );

describe('GroupCommit', () => {
  it('stores what comes while an append is under way with the next one, and says so only then', async () => {
    const { log, commit } = open();
    const settled: string[] = [];
    const put = (btu: string, n: number): void => void commit.append(btu, event(btu, n)).then(() => settled.push(btu));
    put('A', 1);
    put('B', 1);
    const first = await log.nth(0);
    expect(first.names).toEqual(['A1', 'B1']);
    put('C', 1);
    put('A', 2);
    expect(settled).toEqual([]);
    expect(log.appends).toHaveLength(1);
    first.end();
    const second = await log.nth(1);
    expect(second.names).toEqual(['C1', 'A2']);
    expect(settled).toEqual(['A', 'B']);
    second.end();
  });

  it('keeps the order of each device over many batches', async () => {
    const { log, commit } = open(1, { batchEvents: 7 });
    const all: Promise<void>[] = [];
    for (let n = 1; n <= 900; n++)
      for (const btu of n % 3 === 0 ? ['A', 'B'] : ['B']) all.push(commit.append(btu, event(btu, n)));
    for (let i = 0; i * 7 < all.length; i++) (await log.nth(i)).end();
    await Promise.all(all);
    const names = log.appends.flatMap((append) => append.names);
    const of = (btu: string): number[] =>
      names.filter((name) => name.startsWith(btu)).map((name) => Number(name.slice(1)));
    expect(names).toHaveLength(1200);
    expect(of('B')).toEqual(Array.from({ length: 900 }, (_, i) => i + 1));
    expect(of('A')).toEqual(Array.from({ length: 300 }, (_, i) => 3 * (i + 1)));
    expect(commit.waitingBytes).toBe(0);
  });

  it('serves devices in turn: a backlog of one does not make the others wait', async () => {
    const { log, commit } = open(1, { batchEvents: 4 });
    for (let n = 1; n <= 100; n++) void commit.append('A', event('A', n));
    for (const btu of ['B', 'C']) void commit.append(btu, event(btu, 1));
    expect((await log.nth(0)).names).toEqual(['A1', 'B1', 'C1', 'A2']);
    void commit.append('B', event('B', 2));
    log.appends[0]?.end();
    expect((await log.nth(1)).names).toEqual(['A3', 'B2', 'A4', 'A5']);
  });

  it('fails what waits of the devices whose append failed, and goes on with the others', async () => {
    const { log, commit } = open();
    const a1 = outcome(commit.append('A', event('A', 1)));
    const first = await log.nth(0);
    const a2 = outcome(commit.append('A', event('A', 2)));
    const b1 = outcome(commit.append('B', event('B', 1)));
    first.end(outage);
    const second = await log.nth(1);
    expect(second.names).toEqual(['B1']);
    second.end();
    expect(await Promise.all([a1, a2, b1])).toEqual(['LOG_UNAVAILABLE', 'LOG_UNAVAILABLE', 'stored']);
    const a3 = outcome(commit.append('A', event('A', 3)));
    (await log.nth(2)).end();
    expect(await a3).toBe('stored');
    expect(commit.waitingBytes).toBe(0);
  });

  it('finds the one event that the log refuses for what it is; the rest of the batch is stored', async () => {
    const { log, commit } = open();
    const all = [1, 2, 3].map((n) => outcome(commit.append('A', event('A', n))));
    const tooLarge = new Fault('EVENT_TOO_LARGE', 'too large');
    (await log.nth(0)).end(tooLarge);
    (await log.nth(1)).end();
    (await log.nth(2)).end(tooLarge);
    (await log.nth(3)).end();
    expect(await Promise.all(all)).toEqual(['stored', 'EVENT_TOO_LARGE', 'stored']);
    expect(log.appends.map(({ names }) => names)).toEqual([['A1', 'A2', 'A3'], ['A1'], ['A2'], ['A3']]);
  });

  it('does not let a partition wait for another', async () => {
    const { log, commit } = open(2);
    const keys = [0, 1].map(
      (lane) => ['A', 'B', 'C', 'D', 'E', 'F'].find((key) => partitionOf(key, 2) === lane) as string,
    );
    const all = keys.map((key) => outcome(commit.append(key, event(key, 1))));
    await log.nth(1);
    log.appends.find(({ names }) => names[0] === `${keys[1]}1`)?.end();
    expect(await all[1]).toBe('stored');
    log.appends.find(({ names }) => names[0] === `${keys[0]}1`)?.end();
    expect(await all[0]).toBe('stored');
  });

  it('holds no more bytes than allowed, altogether and of one device', async () => {
    const { log, commit } = open(1, { waitingBytes: 100_000, deviceBytes: 30_000 });
    const one = event('A', 1, 400);
    const answers: Promise<string>[] = [];
    for (let n = 0; n < 5; n++) answers.push(outcome(commit.append('A', one)));
    expect(await Promise.all(answers.slice(2))).toEqual(['INTAKE_FULL', 'INTAKE_FULL', 'INTAKE_FULL']);
    const others = Array.from({ length: 20 }, (_, i) => outcome(commit.append(`B${i}`, event(`B${i}`, 1, 400))));
    expect(commit.waitingBytes).toBeLessThanOrEqual(100_000);
    (await log.nth(0)).end();
    const told = await Promise.all(others);
    expect(told.filter((answer) => answer === 'stored').length).toBe(7);
    expect(told.filter((answer) => answer === 'INTAKE_FULL').length).toBe(13);
    expect(await outcome(Promise.race([commit.append('A', one), log.nth(1).then(({ end }) => end())]))).toBe('stored');
    expect(commit.peak).toBeLessThanOrEqual(100_000);
  });
});

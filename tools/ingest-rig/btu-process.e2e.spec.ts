import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from './child';
import { IngestRig, type RunningIngest } from './ingest-rig';
import { until } from './until';

const btu = 'KIL-1';

/** The reference BTU as a process of its own, killed (SIGKILL) while its history is on its way. */
describe('a BTU that is killed', () => {
  let rig: IngestRig;
  let ingest: RunningIngest;
  let program: string;
  let folder: string;
  const children: ChildProcess[] = [];
  const stored = new Map<string, number>();

  beforeAll(async () => {
    rig = await IngestRig.open('postgres');
    ingest = await rig.startIngest();
    folder = await rig.enrolOnDisk(ingest, btu);
    program = build('services/btu/src/main.ts', `rig-btu-${process.pid}`);
    await rig.adapters.log.subscribe({
      group: 'test-killed',
      topics: ['da.telemetry'],
      startAt: () => Promise.resolve(0),
      onBatch: ({ records }) => {
        for (const { event } of records) {
          const { id } = event as { id: string };
          if (id.startsWith(`evt_${btu}.`)) stored.set(id, (stored.get(id) ?? 0) + 1);
        }
        return Promise.resolve();
      },
    });
  }, 120_000);
  afterAll(async () => {
    for (const child of children) await stop(child);
    rmSync(program, { force: true });
    await rig?.close();
  }, 60_000);

  function start(hours: number): ChildProcess {
    const where = ['--url', `mqtts://127.0.0.1:${ingest.mqttPort}`, '--dir', folder, '--serial', btu];
    const child = fork(program, ['simulate', ...where, '--history', String(hours)], { stdio: 'ignore' });
    children.push(child);
    return child;
  }
  /** Whole frames that are on the disk of the device. */
  function onDisk(): string[] {
    const buffer = join(folder, 'buffer');
    return ['live', 'event', 'move', 'hist', 'birth'].flatMap((stream) =>
      readdirSync(join(buffer, stream)).flatMap((name) =>
        readFileSync(join(buffer, stream, name), 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as { boot: number; seq: number })
          .map(({ boot, seq }) => `evt_${btu}.${boot}.${stream}.${seq}`),
      ),
    );
  }

  it('sends after its next start all that it had stored, each once, and counts its moves on', async () => {
    const waiting = new Set<string>();
    for (let kill = 1; kill <= 3; kill++) {
      const before = stored.size;
      const child = start(6);
      await until(() => stored.size > before + 60, 'frames of the device', 40_000);
      await stop(child, 'SIGKILL');
      for (const id of onDisk()) waiting.add(id);
    }
    expect(waiting.size).toBeGreaterThan(0);
    start(0);
    await until(() => [...waiting].every((id) => stored.has(id)), 'what was on its disk', 60_000);
    expect([...stored].filter(([, times]) => times !== 1)).toEqual([]);
    // Nothing is missing among what came of the boots that were killed.
    for (const boot of [1, 2, 3])
      for (const stream of ['live', 'event', 'move']) {
        const pattern = new RegExp(`^evt_${btu}\\.${boot}\\.${stream}\\.(\\d+)$`);
        const seqs = [...stored.keys()].flatMap((id) => Number(pattern.exec(id)?.[1] ?? NaN)).filter(Number.isFinite);
        expect([boot, stream, seqs.length]).toEqual([boot, stream, Math.max(0, ...seqs)]);
      }
    const { data } = await rig.call<{ data: { boot: number }[] }>(ingest, '/v1/quarantine');
    expect(data).toEqual([]);
  }, 150_000);
});

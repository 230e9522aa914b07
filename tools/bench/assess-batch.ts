import type { EventEnvelope } from '@quaywatch/contracts';
import { events } from '@quaywatch/contracts';
import { SpreaderSimulator, type SimulatedFrame } from '@quaywatch/domain/simulator';
import { Command } from 'commander';
import { assessBatch } from '../../services/condition-analysis/src/react/assess-batch';

// What working telemetry into the view `condition` costs this process, without the database's own work: frames of
// simulated spreaders in batches as the log gives them, rows kept in memory. node tools/run.mjs tools/bench/assess-batch.ts

const { spreaders, hours, batch, late } = new Command()
  .option('--spreaders <n>', 'spreaders', '8')
  .option('--hours <n>', 'hours of data of each', '24')
  .option('--batch <n>', 'events of a batch', '500')
  .option('--late <n>', 'hours that late data may correct', '8')
  .parse()
  .opts<Record<'spreaders' | 'hours' | 'batch' | 'late', string>>();
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);

const all: { at: number; event: EventEnvelope }[] = [];
let samples = 0;
for (let i = 1; i <= Number(spreaders); i++) {
  const seq = { live: 0, event: 0 };
  const eventOf = ({ stream, at, signals }: SimulatedFrame): EventEnvelope => ({
    id: `evt_${i}.${stream}.${seq[stream]}`,
    type: events.samplesReceived.type,
    v: 1,
    source: 'ingest',
    org: 'org_b',
    key: `spr_${i}`,
    time: at,
    data: {
      btu: `BTU-${i}`,
      spreader: `spr_${i}`,
      stream,
      boot: 1,
      seq: ++seq[stream],
      receivedAt: at,
      historical: true,
      clock: 'NTP',
      clockOffset: 0,
      samples: Object.entries(signals).map(([signal, column]) => ({ signal, ...column })),
    },
  });
  const simulator = new SpreaderSimulator({ seed: i, startAt: start, faults: [] });
  for (const frame of simulator.history(start + Number(hours) * hour)) {
    samples += Object.values(frame.signals).reduce((n, { at }) => n + at.length, 0);
    all.push({ at: frame.at, event: eventOf(frame) });
  }
}
all.sort((a, b) => a.at - b.at);

/** The snapshots of spreaders, as the table holds them; everything else is written and never read. */
const states = new Map<string, string>();
let [statements, bytes] = [0, 0];
const query = (text: string, values: unknown[] = []): Promise<unknown[]> => {
  statements += 1;
  bytes += JSON.stringify(values).length;
  if (text.startsWith('select spreader, state from spreader_state'))
    return Promise.resolve(
      (values[0] as string[]).flatMap((spreader) => {
        const state = states.get(spreader);
        return state === undefined ? [] : [{ spreader, state }];
      }),
    );
  if (text.startsWith('insert into spreader_state'))
    (values[1] as string[]).forEach((spreader, i) => states.set(spreader, (values[2] as string[])[i] ?? ''));
  return Promise.resolve([]);
};
const facts = { append: () => Promise.resolve({ kind: 'appended', revision: 1 }), read: () => Promise.resolve([]) };
const tx = { query, facts, publish: () => Promise.resolve() } as never;

const before = process.cpuUsage();
let batches = 0;
for (let i = 0; i < all.length; i += Number(batch)) {
  batches += 1;
  await assessBatch(
    { events: all.slice(i, i + Number(batch)).map(({ event }) => event), tx },
    { late: { horizon: Number(late) * hour, every: 10 * 60_000 }, stateFrames: 90 * 24 * hour },
  );
}
const { user, system } = process.cpuUsage(before);
const seconds = (user + system) / 1e6;
process.stdout.write(
  `${all.length} frames, ${samples} samples in ${batches} batches: ${seconds.toFixed(1)} s of processor time, ` +
    `${Math.round(samples / seconds)} samples/s, ${Math.round(all.length / seconds)} frames/s; ` +
    `${(statements / batches).toFixed(1)} statements and ${Math.round(bytes / batches / 1000)} kB to the database for a batch\n`,
);

import type { EventEnvelope } from '@quaywatch/contracts';
import { events } from '@quaywatch/contracts';
import { SpreaderSimulator, type SimulatedFrame } from '@quaywatch/domain/simulator';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Command } from 'commander';
import { assessBatch } from '../../services/condition-analysis/src/react/assess-batch';

// What working telemetry into the view `condition` costs this process, without the database's own work: frames of
// simulated spreaders in batches as the log gives them, as text, rows kept in memory. Yardstick: reading the text.
// Memory: what is held after a collection when half and when all is worked in. npm run bench:rebuild

const { spreaders, hours, batch, late } = new Command()
  .option('--spreaders <n>', 'spreaders', '8')
  .option('--hours <n>', 'hours of data of each', '24')
  .option('--batch <n>', 'events of a batch', '500')
  .option('--late <n>', 'hours that late data may correct', '8')
  .parse()
  .opts<Record<'spreaders' | 'hours' | 'batch' | 'late', string>>();
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);

const all: { at: number; text: string }[] = [];
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
    all.push({ at: frame.at, text: JSON.stringify(eventOf(frame)) });
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

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** MB held, without what the table holds. */
const held = (): number => {
  collect();
  return (process.memoryUsage().heapUsed - [...states.values()].reduce((sum, state) => sum + state.length, 0)) / 1e6;
};
const textOf = (i: number): string[] => all.slice(i, i + Number(batch)).map(({ text }) => text);
const read = (text: string): EventEnvelope => JSON.parse(text) as EventEnvelope;

let reading = processorTime();
for (let i = 0; i < all.length; i += Number(batch)) textOf(i).map(read);
reading = processorTime() - reading;

const memory: number[] = [];
let batches = 0;
let seconds = 0;
for (let i = 0; i < all.length; i += Number(batch)) {
  batches += 1;
  const before = processorTime();
  await assessBatch(
    { events: textOf(i).map(read), tx },
    { late: { horizon: Number(late) * hour, every: 10 * 60_000 }, stateFrames: 90 * 24 * hour },
  );
  seconds += processorTime() - before;
  if (memory.length < Math.floor((2 * (i + Number(batch))) / all.length)) memory.push(held());
}
memory.push(held());
const faster = (Number(spreaders) * Number(hours) * 3600) / 1000 / seconds;
process.stdout.write(
  `${all.length} frames, ${samples} samples in ${batches} batches: ${seconds.toFixed(1)} s of processor time, ` +
    `${Math.round(samples / seconds)} samples/s, ${Math.round(all.length / seconds)} frames/s, ` +
    `${Math.round(faster)} times as fast as 1,000 such spreaders send; reading the text ${((1e6 * reading) / all.length).toFixed(1)} µs ` +
    `of ${((1e6 * seconds) / all.length).toFixed(0)} µs a frame; held at half ${memory[0]?.toFixed(0)} MB, at the end ${memory.at(-1)?.toFixed(0)} MB; ` +
    `${(statements / batches).toFixed(1)} statements and ${Math.round(bytes / batches / 1000)} kB to the database for a batch\n`,
);

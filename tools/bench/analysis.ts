import { freshState, take, conditionDefaults, type Frame } from '@quaywatch/domain/condition';
import { SpreaderSimulator, type SimulatedFrame } from '@quaywatch/domain/simulator';
import { Command } from 'commander';

// What the analysis of one asset costs: npm run bench:analysis. 60 signals once a second in frames of 10 s, and moves;
// all detectors on. CPU of this process, for each second of data of one asset, after everything has learned.

const { hours, learn } = new Command()
  .option('--hours <n>', 'hours of data that are measured', '1')
  .option('--learn <n>', 'hours of stored history before, to learn from', '36')
  .parse()
  .opts<{ hours: string; learn: string }>();
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);
const until = start + Number(learn) * hour;
const end = until + Number(hours) * hour;
const wanted = 60;

const simulator = new SpreaderSimulator({ seed: 7, startAt: start, faults: [] });
const seq = { live: 0, event: 0 };
/** Fills a live frame up to 60 signals with ones that no rule knows: each is watched by its own control chart. */
const frameOf = ({ stream, at, signals }: SimulatedFrame): Frame => {
  const columns = Object.entries(signals).map(([signal, column]) => ({ signal, ...column }));
  const times = columns[0]?.at ?? [];
  for (let i = columns.length; stream === 'live' && i < wanted; i++)
    columns.push({
      signal: `raw:extra${i}`,
      at: [...times],
      values: times.map(
        (time) => Math.round(1e5 * (50 + i + Math.sin(time / 7000 + i) + 0.1 * Math.sin(time * i))) / 1e5,
      ),
    });
  return {
    btu: 'BTU-B',
    spreader: 'spr_b',
    stream,
    boot: 1,
    seq: ++seq[stream],
    receivedAt: at,
    historical: false,
    clock: 'NTP',
    clockOffset: 0,
    samples: columns,
  };
};

const state = freshState('spr_b', 'org_b');
for (const frame of simulator.history(until)) take(conditionDefaults, state, frameOf(frame));
const frames = [...simulator.live(end)].map(frameOf);
const texts = frames.map((frame) => JSON.stringify(frame));
const seconds = (end - until) / 1000;
const samples = frames.reduce((sum, frame) => sum + frame.samples.reduce((n, { at }) => n + at.length, 0), 0);

/** CPU of `work`, µs for each second of data. */
const cpu = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / seconds;
};
const snapshot = JSON.stringify(state);
let statements = 0;
const rounds = [1, 2, 3, 4, 5].map(() => {
  const own = JSON.parse(snapshot) as typeof state;
  return cpu(() => {
    for (const frame of frames) statements += take(conditionDefaults, own, frame).statements.length;
  });
});
// Yardsticks: what cannot be done without, and the simplest detector there is, on the same frames.
const parsed = cpu(() => {
  for (const text of texts) JSON.parse(text);
});
const means = new Map<string, { n: number; mean: number; square: number; alarms: number }>();
const simplest = cpu(() => {
  for (const frame of frames)
    for (const { signal, values } of frame.samples) {
      let own = means.get(signal);
      if (!own) means.set(signal, (own = { n: 0, mean: 0, square: 0, alarms: 0 }));
      for (const value of values) {
        if (typeof value !== 'number') continue;
        const distance = value - own.mean;
        if (own.n > 100 && distance ** 2 > (9 * own.square) / own.n) own.alarms += 1;
        own.n += 1;
        own.mean += distance / own.n;
        own.square += distance * (value - own.mean);
      }
    }
});
const stored = cpu(() => {
  for (let i = 0; i < frames.length; i++) JSON.stringify(state);
});
const best = Math.min(...rounds);
const bytes = snapshot.length;
global.gc?.();
const heap = process.memoryUsage().heapUsed;
const many = Array.from({ length: 50 }, () => JSON.parse(snapshot) as typeof state);
global.gc?.();
const each = (process.memoryUsage().heapUsed - heap) / many.length;
console.log(`${frames.length} frames, ${samples} samples, ${seconds} s of data of one asset, ${statements} statements`);
console.log(
  `all detectors                 ${best.toFixed(1)} µs of CPU for each asset-second (best of ${rounds.map((n) => n.toFixed(1)).join(', ')})`,
);
console.log(`asked at most 100, aim 40     ${best <= 40 ? 'aim met' : best <= 100 ? 'met' : 'NOT MET'}`);
console.log(`yardstick JSON.parse          ${parsed.toFixed(1)} µs: reading the same frames as text`);
console.log(
  `yardstick mean and 3 σ        ${simplest.toFixed(1)} µs: running mean and variance of each signal, nothing else`,
);
console.log(
  `snapshot at every frame       ${stored.toFixed(1)} µs: a batch of the log writes it once, however many frames it has`,
);
console.log(
  `memory of one asset           ${(bytes / 1024).toFixed(0)} kB stored${global.gc ? `, ${(each / 1024).toFixed(0)} kB of heap` : ''}`,
);
if (best > 100) process.exitCode = 1;

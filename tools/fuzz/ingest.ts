// npm run fuzz:ingest: malformed MQTT packets against the guard and the broker, while honest clients use it on real
// sockets, and malformed frames against every dialect, from a seed. Fails when anything throws, an honest client beside it waits for more than 5 s, a
// decoder gives a frame that the contract refuses, or memory grows. Arguments: --count N (1000000) --seed N (1)
import { nativeFrame } from '@quaywatch/contracts';
import { dialects, prepareInflate, type DialectSession } from '@quaywatch/services/ingest';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { openBroker } from '../conformance/open-broker';
import { random } from '../ingest-rig/random';
import { mutate, packets } from './mutate';
import { streamPair } from './stream-pair';

const { values: args } = parseArgs({
  options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(args.count);
const draw = random(Number(args.seed));
const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
const failures: string[] = [];
process.on('uncaughtException', (error) => failures.push(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (error) => failures.push(`unhandled: ${String(error)}`));
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** What is held after a collection; pages the allocator keeps for itself are not held by anyone. */
const megabytes = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 1_048_576);
};
const resident = (): number => Math.round(process.memoryUsage().rss / 1_048_576);

const broker = await openBroker({
  limits: { connectFor: 2000, packetFor: 2000, retained: 200, sessions: 2000, queued: 20, deviceRate: 1_000_000 },
});
const start = performance.now();
const half = Math.ceil(count / 2);
let sent = 0;
let sessions = 0;
let longest = 0;
let honest = 0;

/** An honest client beside the noise: connects, subscribes, publishes, hears itself, leaves. */
async function probe(): Promise<void> {
  const from = performance.now();
  const topic = `honest/${honest++}`;
  const socket = connect({ port: broker.port, host: '127.0.0.1', noDelay: true });
  const heard = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 5000);
    let bytes = Buffer.alloc(0);
    socket.on('error', () => resolve(false));
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      // CONNACK, SUBACK and PUBACK in some order, and the message itself.
      if (!bytes.includes(`${topic}!`)) return;
      clearTimeout(timer);
      resolve(true);
    });
  });
  const body = Buffer.from(`${topic}!`);
  const name = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic)]);
  socket.write(packets(`probe-${honest}`)[0] as Buffer);
  socket.write(Buffer.concat([Buffer.from([0x82, name.length + 3, 0, 1]), name, Buffer.from([1])]));
  socket.write(Buffer.concat([Buffer.from([0x32, name.length + 2 + body.length]), name, Buffer.from([0, 2]), body]));
  if (!(await heard)) failures.push(`an honest client got no answer within 5 s after ${sent} packets`);
  longest = Math.max(longest, performance.now() - from);
  socket.destroy();
}

/** One connection: mostly lets itself in first, then sends malformed packets until it is thrown out. */
async function attack(): Promise<void> {
  sessions++;
  const good = packets(`fuzz-${Math.floor(draw() * 500)}`);
  const [socket, far] = streamPair();
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  broker.engine.attach(far);
  if (draw() < 0.9) socket.write(good[0] as Buffer);
  const most = 1 + Math.floor(draw() * 8);
  const parts: Buffer[] = [];
  for (let i = 0; i < most && sent < half; i++) {
    sent++;
    const bytes = mutate(pick(good), draw);
    if (draw() < 0.8) parts.push(bytes);
    else parts.push(...[...bytes].map((byte) => Buffer.from([byte])));
  }
  if (draw() < 0.7) socket.write(Buffer.concat(parts));
  else for (const part of parts) socket.write(part);
  // Those whom nothing throws out stay for some turns, then go without a word.
  const patience = setTimeout(() => socket.destroy(), 2 + draw() * 10);
  await over;
  clearTimeout(patience);
}

await probe();
const workers = Array.from({ length: 64 }, async () => {
  while (sent < half && failures.length === 0) await attack();
});
let first = 0;
const watching = setInterval(() => {
  void probe();
  if (first === 0 && sent > half / 5) first = megabytes();
}, 500);
await Promise.all(workers);
clearInterval(watching);
await probe();
await new Promise((resolve) => setTimeout(resolve, 3000));
const left = broker.engine.connections;
if (left > 0) failures.push(`${left} connections are left`);
if (broker.engine.budget.used !== 0) failures.push(`${broker.engine.budget.used} bytes are still held`);
const afterPackets = megabytes();
const packetSeconds = (performance.now() - start) / 1000;

// Frames.
await prepareInflate();
const { zstd } = await import('@quaywatch/runtime');
const { writePayload } = await import('@quaywatch/services/ingest');
const btu = 'B1';
const native = Buffer.from(
  JSON.stringify({
    ...{ v: 1, stream: 'live', sid: null, bid: btu, boot: 1, seq: 1, tsDev: 1000, up: 0, tsSent: 1000 },
    ...{ cq: 'NTP', hist: false, body: { signals: { 'hyd.oilTemp': { t: [0, 10], values: [41.5, null] } } } },
  }),
);
const envelope = {
  ...{ v: 1, sid: null, bid: btu, boot: 1, seq: 1, tsDev: 1000, up: 0, tsSent: 1000, cq: 'NTP', hist: false },
};
const move = Buffer.from(
  JSON.stringify({
    ...{ ...envelope, stream: 'move' },
    body: {
      ...{ move: '01KAZ2V6E0G4T2M1P8RQ5W7XYZ', start: -90_000, class: 'single40', boxes: 1, total: 7 },
      features: { 'tl[1].lockTime': 1180 },
    },
  }),
);
const hist = Buffer.from(
  JSON.stringify({
    ...{ ...envelope, stream: 'hist' },
    body: {
      ...{ signal: 'load.total', counted: 'cycles', length: 3_600_000, counts: [1, 2, 3, 4], outside: 0 },
      axes: [
        { quantity: 'range', edges: [0, 10, 20] },
        { quantity: 'mean', edges: [0, 5, 10] },
      ],
    },
  }),
);
const at = '2023-02-08T09:14:02.483Z';
const tic = Buffer.from(
  JSON.stringify({
    msg: { id: 'x', timestamp: at, version: '2024.010' },
    che: [{ spreader: [{ landed: { status: [{ pom: 'output', pomt: 'actual', timestamp: at, value: true }] } }] }],
  }),
);
const birth = Buffer.from(
  writePayload({
    timestamp: 1_700_000_000_000,
    seq: 0,
    metrics: [
      { name: 'bdSeq', datatype: 4, long_value: 7 },
      { name: 'cab/temp', alias: 1, datatype: 9, float_value: 21.5 },
      { name: 'tl/1/locked', alias: 2, datatype: 11, boolean_value: true },
    ],
  }),
);
const seeds: readonly (readonly [string, Buffer])[] = [
  ['bsms/v1/B1/live', native],
  ['bsms/v1/B1/move', move],
  ['bsms/v1/B1/hist', hist],
  ['bsms/v1/B1/hist', gzipSync(hist)],
  ['bsms/v1/B1/live', gzipSync(native)],
  ['bsms/v1/B1/live', Buffer.from(zstd.compress(native, 3))],
  ['bsms/v1/B1/tic', tic],
  ['spBv1.0/g/NBIRTH/B1', birth],
  [
    'spBv1.0/g/NDATA/B1',
    Buffer.from(writePayload({ timestamp: 1_700_000_000_000, seq: 1, metrics: [{ alias: 1, float_value: 2 }] })),
  ],
];
const newSession = (): DialectSession => ({ btu, openedAt: 1, numbers: {}, reply: () => undefined });
let session = newSession();
let decoded = 0;
let quarantined = 0;
const frameStart = performance.now();
let slowest = 0;
let firstFrames = 0;
for (let i = 0; i < count - half && failures.length === 0; i++) {
  if (i === Math.ceil((count - half) / 5)) firstFrames = megabytes();
  if (i % 50 === 0) {
    // What is freed by the event loop (zlib) must get its turn, as it does between packets of a socket.
    await new Promise((resolve) => setImmediate(resolve));
    session = newSession();
    if (draw() < 0.5) dialects[1]?.decode('spBv1.0/g/NBIRTH/B1', birth, session);
  }
  const [topic, seed] = pick(seeds);
  const bytes = mutate(seed, draw);
  const from = performance.now();
  try {
    const dialect = dialects.find((one) => one.speaks(topic, btu));
    const express = dialect?.express?.(topic, bytes, session);
    const result = dialect?.decode(topic, bytes, session);
    if (express && !result?.ok) failures.push(`${topic}: taken on the express way alone: ${bytes.toString('hex')}`);
    if (result?.ok) {
      decoded++;
      for (const frame of result.frames)
        if (!nativeFrame.safeParse(frame).success)
          failures.push(`${topic}: a frame against the contract: ${bytes.toString('hex')}`);
    } else quarantined++;
  } catch (error) {
    failures.push(`${topic}: ${String(error)}: ${bytes.toString('hex')}`);
  }
  slowest = Math.max(slowest, performance.now() - from);
}
const frameSeconds = (performance.now() - frameStart) / 1000;
const atEnd = megabytes();
await broker.close();

console.log(`seed ${args.seed}`);
console.log(
  `packets: ${sent} malformed in ${sessions} connections, ${packetSeconds.toFixed(0)} s; ${honest} honest clients beside, slowest ${longest.toFixed(0)} ms`,
);
for (const [cause, times] of [...broker.refused].sort((a, b) => b[1] - a[1]))
  console.log(`  ${String(times).padStart(7)}  ${cause}`);
console.log(
  `frames: ${count - half}, ${frameSeconds.toFixed(0)} s; quarantined ${quarantined}, still readable ${decoded}, slowest ${slowest.toFixed(1)} ms`,
);
console.log(
  `held after a collection: packets ${first} MB after a fifth, ${afterPackets} MB after all; frames ${firstFrames} MB after a fifth, ${atEnd} MB after all; resident ${resident()} MB`,
);
if (first > 0 && afterPackets > first + 50) failures.push(`packets: memory grew from ${first} to ${afterPackets} MB`);
if (atEnd > firstFrames + 50) failures.push(`frames: memory grew from ${firstFrames} to ${atEnd} MB`);
for (const failure of failures.slice(0, 20)) console.error(`FAILED: ${failure}`);
console.log(failures.length === 0 ? 'nothing crashed, leaked or stalled' : `${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);

// npm run bench:ingest: PUBACK/s over mutual TLS at QoS 1 with 300-byte payloads, durable in the log, against bare Aedes
// and Debian's Mosquitto (persistence on) in the same run; what an idle device costs in memory, how fast devices are let
// in, and all of them at once. Arguments: --parts load,idle,storm --brokers postgres,kafka,bare,mosquitto,mosquitto-queue
// (the last: one persistent session that is away has subscribed to everything, so that Mosquitto keeps what it
// acknowledges; else it drops it) --processes N (1; of ingest, the devices shared out, on the same cores) --senders N (50) --window N (20) --seconds N (8) --devices N (2000; of idle and storm) --profile (CPU profile of ingest
// into the folder `profile`)
import type { Identity } from '@quaywatch/services/btu';
import { parseArgs } from 'node:util';
import { stop } from '../ingest-rig/child';
import { IngestRig, type LogKind } from '../ingest-rig/ingest-rig';
import { crowd, type CrowdFigures } from './crowd';
import { Device, measure, type Figures } from './load';
import { leaveSession, serverFiles, startBareAedes, startMosquitto } from './yardsticks';

const { values: args } = parseArgs({
  options: {
    parts: { type: 'string', default: 'load,idle,storm' },
    brokers: { type: 'string', default: 'postgres,bare,mosquitto' },
    senders: { type: 'string', default: '50' },
    window: { type: 'string', default: '20' },
    processes: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '8' },
    devices: { type: 'string', default: '2000' },
    profile: { type: 'boolean', default: false },
  },
});
const parts = new Set(args.parts.split(','));
const brokers = new Set(args.brokers.split(','));
const number = (text: string): number => Number.parseInt(text, 10);
const [senders, window, seconds] = [number(args.senders), number(args.window), number(args.seconds)];
const processes = number(args.processes);
const crowdSize = parts.has('idle') || parts.has('storm') ? number(args.devices) : 0;
const serials = Array.from(
  { length: Math.max(parts.has('load') ? senders : 1, crowdSize) },
  (_, i) => `BTU-${String(i + 1).padStart(5, '0')}`,
);
let boot = 0;
const loads: [string, Figures][] = [];
const idles: [string, CrowdFigures][] = [];
const storms: [string, CrowdFigures][] = [];

const devicesOf = (identities: readonly Identity[], count: number): Device[] => {
  boot++;
  return identities.slice(0, count).map((identity, i) => new Device(serials[i] as string, identity, boot, window));
};

/** Crowds first: a heap that has seen load is no measure of what a connection costs. */
async function run(
  what: string,
  servers: readonly { readonly port: number; readonly pid: number }[],
  identities: readonly Identity[],
  logCpu?: () => number,
): Promise<void> {
  const [{ port, pid }] = servers as [{ port: number; pid: number }];
  if (parts.has('idle')) idles.push([what, await crowd(devicesOf(identities, crowdSize), port, pid, 32)]);
  if (parts.has('storm')) storms.push([what, await crowd(devicesOf(identities, crowdSize), port, pid, crowdSize)]);
  if (!parts.has('load')) return;
  const devices = devicesOf(identities, senders);
  for (const [i, device] of devices.entries()) await device.open(servers[i % servers.length]?.port as number);
  const pids = servers.map((server) => server.pid);
  const figures = await measure(devices, pids, seconds, logCpu);
  for (const device of devices) device.close();
  loads.push([what, figures]);
}

async function ours(kind: LogKind, yardsticks: boolean): Promise<void> {
  const rig = await IngestRig.open(kind);
  try {
    const node = args.profile ? ['--cpu-prof', '--cpu-prof-dir=profile'] : [];
    const ingest = await rig.startIngest(node);
    console.log(`${kind}: enrolling ${serials.length} devices`);
    const identities = await rig.enrol(ingest, serials);
    const authorities = `${await rig.deviceAuthorities(ingest)}\n${identities[0]?.ca ?? ''}`;
    // Only now: a process that is there before the first CA is made knows it a moment later.
    const all = [ingest];
    while (all.length < processes) all.push(await rig.startIngest(node));
    const servers = all.map(({ mqttPort, pid }) => ({ port: mqttPort, pid }));
    const what = `ingest, ${kind} log${processes > 1 ? `, ${processes} processes` : ''}`;
    if (brokers.has(kind)) await run(what, servers, identities, () => rig.logCpu());
    for (const { child } of all) await stop(child);
    if (!yardsticks) return;
    await rig.stopLog();
    const files = await serverFiles(rig.folder, authorities);
    if (brokers.has('bare')) {
      const bare = await startBareAedes(files);
      await run('bare Aedes, no log', [bare], identities).finally(() => stop(bare.child));
    }
    for (const kept of [false, true]) {
      if (!brokers.has(kept ? 'mosquitto-queue' : 'mosquitto')) continue;
      const mosquitto = await startMosquitto(rig.folder, files);
      if (!mosquitto) {
        console.log('Mosquitto left out: not installed (apt-get install mosquitto, or MOSQUITTO=/path/to/mosquitto)');
        break;
      }
      if (kept) await leaveSession(mosquitto.port, identities[0] as Identity);
      const what = `Mosquitto, ${kept ? 'kept for a session' : 'persistence on'}`;
      await run(what, [mosquitto], identities).finally(() => stop(mosquitto.child));
    }
  } finally {
    await rig.close();
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const ratio = (of: readonly [string, { perSecond: number }][], perSecond: number, name: string): string => {
  const yard = of.find(([what]) => what.startsWith(name))?.[1].perSecond;
  return yard === undefined ? '' : `, ${(perSecond / yard).toFixed(2)} × ${name}`;
};
const showCrowd = (title: string, rows: readonly [string, CrowdFigures][]): void => {
  if (rows.length > 0) console.log(title);
  const bare = rows.find(([what]) => what.startsWith('bare'))?.[1].kilobytes;
  for (const [what, row] of rows) {
    // Of the first crowd only: the next one fills what that one left.
    const memory =
      rows !== idles
        ? ''
        : `, ${row.kilobytes.toFixed(1)} KB each${bare === undefined ? '' : ` (${(row.kilobytes / bare).toFixed(2)} × bare)`}`;
    console.log(
      `  ${what.padEnd(26)} ${row.count} in after ${(row.elapsed / 1000).toFixed(1)} s, ${row.perSecond} connects/s${ratio(rows, row.perSecond, 'bare')}, tried again ${row.again}${memory}, CPU broker ${percent(row.broker)} generator ${percent(row.generator)}`,
    );
  }
};

let failed = true;
try {
  const kinds = (['postgres', 'kafka'] as const).filter((kind) => brokers.has(kind));
  // Without a log of ours the devices still come from a rig.
  const all: readonly LogKind[] = kinds.length > 0 ? kinds : ['postgres'];
  for (const kind of all) await ours(kind, kind === all.at(-1));
  if (loads.length > 0)
    console.log(`load: ${senders} senders, window ${window}, 300 bytes, QoS 1, mutual TLS, ${seconds} s`);
  for (const [what, { perSecond, p50, p99, disorder, generator, broker, log }] of loads) {
    const cost = (share: number): string => `${percent(share)} (${((share * 1e6) / perSecond).toFixed(0)} µs each)`;
    console.log(
      `  ${what.padEnd(26)} ${String(perSecond).padStart(6)} PUBACK/s${ratio(loads, perSecond, 'bare')}${ratio(loads, perSecond, 'Mosquitto')}, p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms, out of order ${disorder}, CPU broker ${cost(broker)} log ${cost(log)} generator ${cost(generator)}`,
    );
  }
  showCrowd(`idle: ${crowdSize} devices, 32 connecting at a time`, idles);
  showCrowd(`storm: ${crowdSize} devices connecting at once`, storms);
  failed = loads.some(([, { disorder }]) => disorder > 0);
} catch (error) {
  console.error(error);
}
process.exit(failed ? 1 : 0);

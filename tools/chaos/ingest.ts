// npm run chaos:ingest: kills ingest (kill -9) at a random moment under load, starts it again, lets the devices send again
// what was not acknowledged, and then looks for every PUBACKed frame in the log and in ingest's view: none lost, none
// twice. With --processes several stand behind one TCP address, and one of them is killed each time. With --outage the
// log is taken away instead while devices send at a fixed rate. Arguments: --log postgres|kafka --processes N (1)
// --trials N (20) --devices N (12) --seed N (1); --outage SECONDS (60) --rate N (5000, of all devices) --within S (10)
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Balancer } from '../ingest-rig/balancer';
import { residentKilobytes, stop } from '../ingest-rig/child';
import { IngestRig, type LogKind, type RunningIngest } from '../ingest-rig/ingest-rig';
import { random } from '../ingest-rig/random';
import { pause, until } from '../ingest-rig/until';
import { auditFrames } from './frame-audit';
import { FrameSender } from './frame-sender';

const { values: args } = parseArgs({
  options: {
    log: { type: 'string', default: 'postgres' },
    trials: { type: 'string', default: '20' },
    devices: { type: 'string', default: '12' },
    processes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    outage: { type: 'string' },
    rate: { type: 'string', default: '5000' },
    within: { type: 'string', default: '10' },
  },
});
const deviceCount = Number(args.devices);
const kind = args.log as LogKind;
const faults: string[] = [];
const total = (senders: readonly FrameSender[]): number =>
  senders.reduce((sum, sender) => sum + sender.acknowledged.size, 0);

async function enrolled(
  rig: IngestRig,
  running: RunningIngest,
  options: { rate: number; inFlight: number },
): Promise<FrameSender[]> {
  const serials = Array.from({ length: deviceCount }, (_, i) => `BTU-${String(i + 1).padStart(3, '0')}`);
  const identities = await rig.enrol(running, serials);
  const each = { ...options, rate: options.rate / deviceCount };
  return identities.map((identity, i) => new FrameSender(serials[i] as string, identity, each));
}

async function kills(rig: IngestRig): Promise<FrameSender[]> {
  const trials = Number(args.trials);
  const inFlight = 20;
  let running = await rig.startIngest();
  const senders = await enrolled(rig, running, { rate: 0, inFlight });
  const draw = random(Number(args.seed));
  for (const sender of senders) sender.connect(running.mqttPort);
  console.log(`${trials} trials, ${deviceCount} devices, ${inFlight} frames in flight each, log: ${kind}`);
  for (let trial = 1; trial <= trials; trial++) {
    const before = total(senders);
    await until(() => total(senders) > before + 50, 'load');
    await pause(50 + draw() * 800);
    const killedAt = total(senders);
    await stop(running.child, 'SIGKILL');
    for (const sender of senders) sender.drop();
    const from = performance.now();
    running = await rig.startIngest();
    for (const sender of senders) sender.connect(running.mqttPort);
    await until(() => total(senders) > killedAt, 'recovery');
    const took = Math.round(performance.now() - from);
    console.log(
      `  trial ${String(trial).padStart(3)}: killed after ${killedAt} PUBACKs, next PUBACK ${took} ms after the kill`,
    );
  }
  for (const sender of senders) sender.pause();
  await until(() => senders.every((sender) => sender.settled), 'settling');
  return senders;
}

/** One of several processes dies each time: its devices must go on at the others while it is away. */
async function killsAmongOthers(rig: IngestRig): Promise<FrameSender[]> {
  const inFlight = 20;
  const processes: RunningIngest[] = [];
  while (processes.length < Number(args.processes)) processes.push(await rig.startIngest());
  const balancer = await Balancer.open(processes.map(({ mqttPort }) => mqttPort));
  try {
    const senders = await enrolled(rig, processes[0] as RunningIngest, { rate: 0, inFlight });
    const draw = random(Number(args.seed));
    for (const sender of senders) sender.connect(balancer.port, true);
    const counts = (): number[] => senders.map(({ acknowledged }) => acknowledged.size);
    const beyond = (before: readonly number[], by: number): boolean =>
      counts().every((count, i) => count > (before[i] ?? 0) + by);
    console.log(`${args.trials} trials, ${processes.length} processes, ${deviceCount} devices, log: ${kind}`);
    for (let trial = 1; trial <= Number(args.trials); trial++) {
      const before = counts();
      await until(() => beyond(before, 20), 'load');
      await pause(50 + draw() * 800);
      const victim = Math.floor(draw() * processes.length);
      const killed = counts();
      await stop((processes[victim] as RunningIngest).child, 'SIGKILL');
      const from = performance.now();
      await until(() => beyond(killed, 20), 'every device at the others');
      const took = Math.round(performance.now() - from);
      console.log(
        `  trial ${String(trial).padStart(3)}: process ${victim + 1} killed, every device goes on ${took} ms later`,
      );
      processes[victim] = await rig.startIngest();
      // Some come to the new one: the next that dies must hold devices, whichever it is.
      balancer.turnTo((processes[victim] as RunningIngest).mqttPort);
      const moved = senders.filter((_, i) => i % processes.length === victim);
      const then = counts();
      for (const sender of moved) {
        sender.drop();
        sender.connect(balancer.port, true);
      }
      await until(() => beyond(then, 20), 'the new one');
      balancer.turnTo(...processes.map(({ mqttPort }) => mqttPort));
    }
    for (const sender of senders) sender.pause();
    await until(() => senders.every((sender) => sender.settled), 'settling');
    return senders;
  } finally {
    await balancer.close();
  }
}

/** Bytes on their way into the log that ingest is allowed in this run. */
const intakeBytes = 32 * 1_048_576;
/** Memory in MiB that the chart gives one ingest, and the heap that Node takes in a container of that size. */
const chartLimit = Number(
  /ingest: .*limits: \{ memory: (\d+)Mi/.exec(await readFile('helm/quaywatch/values.yaml', 'utf8'))?.[1],
);
const heapOption = [`--max-old-space-size=${chartLimit / 2}`];

async function outage(rig: IngestRig, seconds: number): Promise<FrameSender[]> {
  const rate = Number(args.rate);
  const running = await rig.startIngest(heapOption);
  const senders = await enrolled(rig, running, { rate, inFlight: 100 });
  let [most, last] = [0, performance.now()];
  const beat = setInterval(() => {
    const now = performance.now();
    for (const sender of senders) sender.pass(now - last);
    last = now;
    if (running.child.exitCode === null) most = Math.max(most, residentKilobytes(running.pid));
  }, 20);
  const backlog = (): number => senders.reduce((sum, sender) => sum + sender.backlog, 0);
  try {
    for (const sender of senders) sender.connect(running.mqttPort, true);
    console.log(`${rate} frames/s from ${deviceCount} devices, log: ${kind}`);
    await until(() => senders.every((sender) => sender.acknowledged.size > 0), 'load');
    const start = { at: performance.now(), count: total(senders) };
    await pause(10_000);
    const perSecond = (total(senders) - start.count) / ((performance.now() - start.at) / 1000);
    const before = most;
    console.log(`  before: ${Math.round(perSecond)} PUBACK/s, backlog ${backlog()}, ${Math.round(before / 1024)} MB`);
    await rig.stopLog();
    console.log('  the log is gone');
    await pause(seconds * 1000);
    const during = { count: total(senders), megabytes: most / 1024 };
    const restart = performance.now();
    await rig.restartLog();
    const returned = performance.now();
    console.log(
      `  the log is back (its own start took ${Math.round(returned - restart)} ms); backlog ${backlog()}, ${Math.round(during.megabytes)} MB at most`,
    );
    const counts = senders.map((sender) => sender.acknowledged.size);
    await until(() => total(senders) > during.count, 'first PUBACK');
    const first = performance.now() - returned;
    await until(() => senders.every((sender, i) => sender.acknowledged.size > (counts[i] ?? 0)), 'every device');
    const every = performance.now() - returned;
    console.log(`  first PUBACK after ${Math.round(first)} ms, of every device after ${Math.round(every)} ms`);
    for (const sender of senders) sender.pause();
    const catchUp = { at: performance.now(), count: total(senders) };
    await until(() => senders.every((sender) => sender.settled), 'settling', 600_000);
    const took = (performance.now() - catchUp.at) / 1000;
    console.log(
      `  backlog of ${total(senders) - catchUp.count} gone ${took.toFixed(1)} s later (${Math.round((total(senders) - catchUp.count) / took)} PUBACK/s)`,
    );
    const bound = before / 1024 + (3 * intakeBytes) / 1_048_576;
    console.log(
      `  memory of ingest: ${Math.round(before / 1024)} MB before, ${Math.round(during.megabytes)} MB at most while the log is away (bound ${Math.round(bound)} MB: before + 3 × MQTT_INTAKE_BYTES of ${intakeBytes / 1_048_576} MB), ${Math.round(most / 1024)} MB at most until the backlog is gone (bound ${chartLimit} MB: the chart's limit)`,
    );
    if (during.megabytes > bound || most / 1024 > chartLimit) faults.push('memory beyond its bound');
    if (every > Number(args.within) * 1000) faults.push(`not recovered within ${args.within} s`);
    return senders;
  } finally {
    clearInterval(beat);
  }
}

try {
  const settings: Record<string, string> = args.outage === undefined ? {} : { MQTT_INTAKE_BYTES: String(intakeBytes) };
  const rig = await IngestRig.open(kind, settings);
  try {
    const trial = args.processes === '1' ? kills : killsAmongOthers;
    const senders = args.outage === undefined ? await trial(rig) : await outage(rig, Number(args.outage));
    const { acknowledged, stored, lost, duplicated, unseen, invented } = await auditFrames(rig, senders);
    for (const sender of senders) sender.drop();
    console.log(
      `PUBACKed ${acknowledged}, in the log ${stored}. Lost: ${lost}. Duplicated: ${duplicated}. View of ingest: ${unseen} missing, ${invented} too many.`,
    );
    if (lost + duplicated + unseen + invented > 0) faults.push('frames lost, doubled or invented');
  } finally {
    await rig.close();
  }
} catch (error) {
  console.error(error);
  faults.push(String(error));
}
for (const fault of faults) console.error(`FAILED: ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);

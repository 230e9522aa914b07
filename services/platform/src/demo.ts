import { hours, toIso, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { Peers } from '@quaywatch/runtime';
import {
  demoSendPace,
  hasIdentity,
  installCertificate,
  RunningDevice,
  signingRequest,
  truthOf,
  type DemoFleet,
} from '@quaywatch/services/btu';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalClient, platformPrincipal } from './internal-client';

/** Where the demonstration connects to, and where it keeps its devices. */
export interface DemoOptions {
  readonly mqttUrl: string;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly dir: string;
  readonly seed: number;
  /** Whose spreaders they are. */
  readonly org: string;
  /** The fleet as it begins at a time. */
  readonly fleet: (seed: number, now: Instant) => DemoFleet;
  /** Mean time between two moves, ms. */
  readonly pace: Duration;
  /** How long a history its devices have stored when they first connect. */
  readonly history: Duration;
}

/** The demonstration while it runs. */
export interface RunningDemo {
  /** By number of the spreader. */
  readonly devices: ReadonlyMap<string, RunningDevice>;
  stop(): Promise<void>;
}

/**
 * Records the spreaders of a fleet, enrols their BTUs like any others and lets them stream: first the day and a half
 * that they have stored, then in real time. A second start goes on with the same devices. The truth is in `truth.json`.
 */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const { clock, dir, seed } = options;
  await mkdir(dir, { recursive: true });
  const client = new InternalClient(options.peers, platformPrincipal(options.org), clock);
  const bornFile = join(dir, 'born');
  const born = await readFile(bornFile, 'utf8').then(Number, () => undefined);
  const now = clock.now();
  const fleet = options.fleet(seed, born ?? now);
  if (born === undefined) {
    await record(client, fleet, now - options.history - hours(1));
    await writeFile(join(dir, 'truth.json'), JSON.stringify(truthOf(fleet), undefined, 2));
    await writeFile(bornFile, String(now));
  }
  await inGroups(fleet.devices, async (device) => {
    const folder = join(dir, device.btu);
    if (hasIdentity(folder)) return;
    const csr = await signingRequest(folder, device.btu);
    const issued = await client.call('enrolDevice', { body: { btu: device.btu, csr } });
    await installCertificate(folder, issued.certificate, issued.chain);
  });
  const devices = new Map<string, RunningDevice>();
  for (const device of fleet.devices) {
    if (born !== undefined && device.silentAt !== null) continue;
    devices.set(
      device.number,
      await RunningDevice.start({
        url: options.mqttUrl,
        btu: device.btu,
        spreader: device.serial,
        seed: device.seed + (born === undefined ? 0 : now % 1000),
        faults: device.faults,
        folder: join(dir, device.btu),
        historyFrom: born === undefined ? now - options.history : now,
        silentAt: device.silentAt,
        pace: options.pace,
        sendPace: demoSendPace,
      }),
    );
  }
  return {
    devices,
    stop: async () => {
      await Promise.all([...devices.values()].map((device) => device.stop()));
    },
  };
}

async function record(client: InternalClient, fleet: DemoFleet, since: Instant): Promise<void> {
  const from = toIso(since);
  const terminals: string[] = [];
  const known = await client.call('listTerminals', {});
  for (const { name, timeZone } of fleet.terminals) {
    const found = known.data.find((terminal) => terminal.name === name);
    terminals.push(
      found?.id ??
        (await client.call('createTerminal', { body: { name, time_zone: timeZone, crane_hour_value: 600 } })).id,
    );
  }
  await inGroups(fleet.devices, async (device) => {
    const terminal = terminals[device.terminal] as string;
    const crane = await client.call('createCrane', {
      body: { number: device.crane, terminal_id: terminal, type: 'sts' },
    });
    const spreader = await client.call('createSpreader', {
      body: {
        number: device.number,
        serial: device.serial,
        model: device.model,
        type: 'sts_twin',
        drive: 'hydraulic',
        terminal_id: terminal,
      },
    });
    await client.call('assignSpreader', { params: { id: spreader.id }, body: { crane_id: crane.id, from } });
    await client.call('bindBtu', { params: { id: spreader.id }, body: { btu: device.btu, from } });
  });
}

const groupSize = 6;

/** Runs `work` for all items, a few at a time. */
async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += groupSize) await Promise.all(items.slice(i, i + groupSize).map(work));
}

// Many devices that say nothing: what each costs, how fast they come in, and all at once.
import { cpuMilliseconds, residentKilobytes } from '../ingest-rig/child';
import { pause } from '../ingest-rig/until';
import type { Device } from './load';

/** What a crowd of connections cost. */
export interface CrowdFigures {
  /** Connections that were let in. */
  readonly count: number;
  /** Memory of the broker, a connection. */
  readonly kilobytes: number;
  readonly perSecond: number;
  /** From the first to the last that was let in, ms. */
  readonly elapsed: number;
  /** Tries that failed and were made again. */
  readonly again: number;
  /** CPU while they came, share of one core. */
  readonly generator: number;
  readonly broker: number;
}

/**
 * Lets the devices in, `atOnce` at a time, and leaves them connected while memory is read. One that is refused or lost
 * comes again after a pause of 0.5 to 2 s, 60 times at most.
 */
export async function crowd(
  devices: readonly Device[],
  port: number,
  pid: number,
  atOnce: number,
): Promise<CrowdFigures> {
  await pause(2000);
  const before = residentKilobytes(pid);
  const [from, cpu, own] = [performance.now(), cpuMilliseconds(pid), process.cpuUsage()];
  let [next, count, again] = [0, 0, 0];
  const enter = async (device: Device): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        await device.open(port);
        count++;
        return;
      } catch (error) {
        if (tries === 60) throw error;
        again++;
        await pause(500 + Math.random() * 1500);
      }
    }
  };
  const worker = async (): Promise<void> => {
    while (next < devices.length) await enter(devices[next++] as Device);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, devices.length) }, worker));
  const elapsed = performance.now() - from;
  const [brokerCpu, spent] = [cpuMilliseconds(pid) - cpu, process.cpuUsage(own)];
  await pause(3000);
  const lost = devices.filter((device) => device.lost).length;
  if (lost > 0) throw new Error(`${lost} connections were lost again`);
  const kilobytes = (residentKilobytes(pid) - before) / devices.length;
  for (const device of devices) device.close();
  await pause(2000);
  return {
    ...{ count, kilobytes, elapsed, again },
    perSecond: Math.round((devices.length * 1000) / elapsed),
    generator: (spent.user + spent.system) / 1000 / elapsed,
    broker: brokerCpu / elapsed,
  };
}

import { acknowledgementTopic, burstTopic, deviceStatus, statusTopic } from '@quaywatch/contracts';
import { makeId } from '@quaywatch/kernel';
import type { Clock, EventLog } from '@quaywatch/ports';
import type { BurstDesk } from './burst-desk';
import { spreaderAt, type Device } from './registry';

/** Takes the answer of a device to a command. */
export type AnswerTaker = (device: Device, payload: Uint8Array) => Promise<void> | undefined;

/**
 * Takes what devices say beside their data: how they are, and their answers to commands. What cannot be read is left to
 * the intake, which keeps it in quarantine.
 */
export class DeviceDesk {
  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly answers: AnswerTaker,
    private readonly bursts: BurstDesk,
  ) {}

  /** Undefined when the topic is none of these, or the payload cannot be read; else resolves when it is durable. */
  take(device: Device, topic: string, payload: Uint8Array): Promise<void> | undefined {
    if (topic === statusTopic(device.btu)) return this.status(device, payload);
    if (topic === acknowledgementTopic(device.btu)) return this.answers(device, payload);
    if (topic === burstTopic(device.btu)) return this.bursts.take(device, readJson(payload));
    return undefined;
  }

  private status(device: Device, payload: Uint8Array): Promise<void> | undefined {
    const parsed = deviceStatus.safeParse(readJson(payload));
    if (!parsed.success) return undefined;
    const time = this.clock.now();
    const { at, buffer, signal } = parsed.data;
    const spreader = spreaderAt(device, time);
    const event = {
      id: makeId('event', time, this.clock.random(16)),
      type: 'device-status-reported',
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? device.btu,
      time,
      // A clock that is ahead must not keep later messages out.
      data: {
        btu: device.btu,
        spreader,
        at: Math.min(at, time),
        ...buffer,
        technology: signal?.technology ?? null,
        dbm: signal?.dbm ?? null,
      },
    };
    return this.log.append('da.telemetry', [{ event }]);
  }
}

/** A small JSON value; undefined when it is none. */
export function readJson(payload: Uint8Array): unknown {
  const text = Buffer.from(payload).toString('utf8');
  if (text.includes('\u0000') || text.includes('\\u0000')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { partitionOf, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { EncodedEvent, EventLog } from '@quaywatch/ports';
import type { TelemetryEvent } from './frame-event';

/** Told when an event is durable; of the reason when it is not known to be. */
export type Settled = (error?: unknown) => void;

/** Bounds of a group commit. */
export interface GroupCommitLimits {
  /** Most events, and about their bytes, of one append. */
  readonly batchEvents: number;
  readonly batchBytes: number;
  /** Bytes that may wait altogether, and of one device; what comes beyond is rejected with Fault `INTAKE_FULL`. */
  readonly waitingBytes: number;
  readonly deviceBytes: number;
}

/** The limits that memory of this size allows. */
export const groupCommitLimits = (waitingBytes: number): GroupCommitLimits => ({
  batchEvents: 2000,
  batchBytes: 1_048_576,
  waitingBytes,
  deviceBytes: Math.max(4 * 1_048_576, Math.floor(waitingBytes / 16)),
});

/** Devices that a lane remembers when nothing waits. */
const rememberedDevices = 20_000;

/** Partitions of keys that are remembered. */
const rememberedKeys = 100_000;

/**
 * Stores the events of all devices together: one append at a time for each partition of the log, and what arrives
 * meanwhile goes with the next. A batch takes one event of each device in turn, so that none waits behind another's
 * backlog; the events of a device keep their order. When an append fails, what waits of the same devices fails with it
 * (stored later it would be out of order); the others go on.
 */
export class GroupCommit {
  private readonly lanes: Lane[];
  private readonly partitions = new Map<string, number>();
  private held = 0;
  /** Largest value of `waitingBytes` so far. */
  peak = 0;

  constructor(
    private readonly log: EventLog,
    private readonly topic: Topic,
    private readonly limits: GroupCommitLimits,
  ) {
    this.lanes = Array.from({ length: log.partitions }, () => ({ devices: new Map(), turn: [], running: false }));
  }

  /** Bytes that wait or are on their way. */
  get waitingBytes(): number {
    return this.held;
  }

  /** Resolves when the event is durable. Rejects with `INTAKE_FULL` or with what the log says. */
  append(btu: string, event: TelemetryEvent | EncodedEvent): Promise<void> {
    return new Promise((resolve, reject) =>
      this.put(btu, event, (error) => (error === undefined ? resolve() : reject(error as Error))),
    );
  }

  /** As `append`, for those who put ten thousand a second: `settled` must not throw. */
  put(btu: string, event: TelemetryEvent | EncodedEvent, settled: Settled): void {
    const lane = this.lanes[this.partitionOf(event.key)] as Lane;
    const bytes = 'json' in event ? event.json.length + recordBytes : sizeOf(event);
    let device = lane.devices.get(btu);
    if (!device) lane.devices.set(btu, (device = { waiting: [], next: 0, bytes: 0 }));
    const { waitingBytes, deviceBytes } = this.limits;
    if (this.held > 0 && (this.held + bytes > waitingBytes || device.bytes + bytes > deviceBytes)) {
      const message = `too much waits for the log: ${device.bytes} bytes of ${btu}, ${this.held} altogether`;
      return settled(new Fault('INTAKE_FULL', message, { retryable: true }));
    }
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
    if (device.waiting.length === 0) lane.turn.push(device);
    device.waiting.push({ event, bytes, btu, settled });
    device.bytes += bytes;
    if (lane.running) return;
    lane.running = true;
    // After what is being read in this turn, so that all of it is one batch.
    setImmediate(() => void this.run(lane));
  }

  private async run(lane: Lane): Promise<void> {
    while (lane.turn.length > 0) {
      const batch = this.take(lane);
      const error = await this.log.append(this.topic, batch).catch((reason: unknown) => reason ?? new Error('failed'));
      if (error === undefined) for (const { settled } of batch) settled();
      else if (batch.length > 1 && concernsOne(error)) await this.oneByOne(lane, batch);
      else this.fail(lane, batch, error);
      for (const { bytes } of batch) this.held -= bytes;
    }
    lane.running = false;
    if (lane.devices.size > rememberedDevices) lane.devices.clear();
  }

  /** One event of each device in turn; who was served goes to the end. */
  private take(lane: Lane): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    let served = 0;
    for (; served < lane.turn.length; served++) {
      const device = lane.turn[served] as DeviceQueue;
      const waiting = device.waiting[device.next] as Waiting;
      if (
        batch.length === this.limits.batchEvents ||
        (batch.length > 0 && bytes + waiting.bytes > this.limits.batchBytes)
      )
        break;
      batch.push(waiting);
      bytes += waiting.bytes;
      device.bytes -= waiting.bytes;
      device.waiting[device.next++] = undefined;
      if (device.next === device.waiting.length || device.next === 256) {
        device.waiting.splice(0, device.next);
        device.next = 0;
      }
      if (device.waiting.length > 0) lane.turn.push(device);
    }
    lane.turn.splice(0, served);
    return batch;
  }

  /** Nothing of the batch is stored, because of one event in it: finds out which. */
  private async oneByOne(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const failed = new Set<string>();
    for (const waiting of batch) {
      if (failed.has(waiting.btu)) {
        waiting.settled(new Fault('LOG_UNAVAILABLE', 'the event before it was not stored', { retryable: true }));
        continue;
      }
      const error = await this.log
        .append(this.topic, [waiting])
        .catch((reason: unknown) => reason ?? new Error('failed'));
      waiting.settled(error);
      if (error === undefined || concernsOne(error)) continue;
      failed.add(waiting.btu);
      this.drop(lane, waiting.btu, error);
    }
  }

  private fail(lane: Lane, batch: readonly Waiting[], error: unknown): void {
    for (const { settled } of batch) settled(error);
    if (!concernsOne(error)) for (const { btu } of batch) this.drop(lane, btu, error);
  }

  private drop(lane: Lane, btu: string, error: unknown): void {
    const device = lane.devices.get(btu);
    if (!device || device.waiting.length === 0) return;
    lane.turn.splice(lane.turn.indexOf(device), 1);
    const dropped = device.waiting.splice(0);
    device.next = device.bytes = 0;
    for (const waiting of dropped) {
      if (!waiting) continue;
      this.held -= waiting.bytes;
      waiting.settled(error);
    }
  }

  private partitionOf(key: string): number {
    const known = this.partitions.get(key);
    if (known !== undefined) return known;
    if (this.partitions.size >= rememberedKeys) this.partitions.clear();
    const partition = partitionOf(key, this.log.partitions);
    this.partitions.set(key, partition);
    return partition;
  }
}

/** The log refuses one event for what it is, before anything is stored. */
const concernsOne = (error: unknown): boolean =>
  error instanceof Fault && (error.code === 'EVENT_TOO_LARGE' || error.code === 'EVENT_NOT_JSON');

interface Waiting {
  readonly event: TelemetryEvent | EncodedEvent;
  readonly bytes: number;
  readonly btu: string;
  readonly settled: Settled;
}

/** What waits of one device. */
interface DeviceQueue {
  /** From `next` on; what is before it was taken. Empty = nothing waits. */
  readonly waiting: (Waiting | undefined)[];
  next: number;
  bytes: number;
}

interface Lane {
  /** Also those of whom nothing waits: a Map from which they came and went all the time would be work for the collector. */
  readonly devices: Map<string, DeviceQueue>;
  /** Those of whom something waits, in the order in which they are served. */
  readonly turn: DeviceQueue[];
  running: boolean;
}

/** What an event takes in memory beside its JSON, bytes. */
const recordBytes = 300;

/** About what an event that is not written yet takes in memory and in the log, bytes. */
function sizeOf({ data }: TelemetryEvent): number {
  let bytes = 500;
  const { rawBase64 } = data as { rawBase64?: string };
  if (rawBase64 !== undefined) bytes += rawBase64.length;
  return bytes;
}

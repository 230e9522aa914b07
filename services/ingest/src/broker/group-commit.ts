import { partitionOf, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { EventLog } from '@quaywatch/ports';
import type { TelemetryEvent } from './frame-event';

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
    this.lanes = Array.from({ length: log.partitions }, () => ({ devices: new Map(), running: false }));
  }

  /** Bytes that wait or are on their way. */
  get waitingBytes(): number {
    return this.held;
  }

  /** Resolves when the event is durable. Rejects with `INTAKE_FULL` or with what the log says. */
  append(btu: string, event: TelemetryEvent): Promise<void> {
    const lane = this.lanes[this.partitionOf(event.key)] as Lane;
    const bytes = sizeOf(event);
    const device = lane.devices.get(btu);
    const { waitingBytes, deviceBytes } = this.limits;
    if (this.held > 0 && (this.held + bytes > waitingBytes || (device && device.bytes + bytes > deviceBytes))) {
      const message = `too much waits for the log: ${device?.bytes ?? 0} bytes of ${btu}, ${this.held} altogether`;
      return Promise.reject(new Fault('INTAKE_FULL', message, { retryable: true }));
    }
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { event, bytes, btu, resolve, reject };
      if (device) {
        device.waiting.push(waiting);
        device.bytes += bytes;
      } else lane.devices.set(btu, { waiting: [waiting], next: 0, bytes });
      if (lane.running) return;
      lane.running = true;
      // After what is being read in this turn, so that all of it is one batch.
      setImmediate(() => void this.run(lane));
    });
  }

  private async run(lane: Lane): Promise<void> {
    while (lane.devices.size > 0) {
      const batch = this.take(lane);
      try {
        await this.log.append(this.topic, batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        if (batch.length > 1 && concernsOne(error)) await this.oneByOne(lane, batch);
        else this.fail(lane, batch, error);
      }
      for (const { bytes } of batch) this.held -= bytes;
    }
    lane.running = false;
  }

  /** One event of each device in turn; who was served goes to the end. */
  private take(lane: Lane): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    // A map gives what is put in while it is read, in the order of putting in.
    for (const [btu, device] of lane.devices) {
      const waiting = device.waiting[device.next] as Waiting;
      if (
        batch.length === this.limits.batchEvents ||
        (batch.length > 0 && bytes + waiting.bytes > this.limits.batchBytes)
      )
        break;
      batch.push(waiting);
      bytes += waiting.bytes;
      device.bytes -= waiting.bytes;
      if (++device.next === 256) {
        device.waiting.splice(0, 256);
        device.next = 0;
      }
      lane.devices.delete(btu);
      if (device.next < device.waiting.length) lane.devices.set(btu, device);
    }
    return batch;
  }

  /** Nothing of the batch is stored, because of one event in it: finds out which. */
  private async oneByOne(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const failed = new Set<string>();
    for (const waiting of batch) {
      if (failed.has(waiting.btu)) {
        waiting.reject(new Fault('LOG_UNAVAILABLE', 'the event before it was not stored', { retryable: true }));
        continue;
      }
      try {
        await this.log.append(this.topic, [waiting]);
        waiting.resolve();
      } catch (error) {
        waiting.reject(error);
        if (concernsOne(error)) continue;
        failed.add(waiting.btu);
        this.drop(lane, waiting.btu, error);
      }
    }
  }

  private fail(lane: Lane, batch: readonly Waiting[], error: unknown): void {
    for (const { reject } of batch) reject(error);
    if (!concernsOne(error)) for (const { btu } of batch) this.drop(lane, btu, error);
  }

  private drop(lane: Lane, btu: string, error: unknown): void {
    const device = lane.devices.get(btu);
    if (!device) return;
    lane.devices.delete(btu);
    for (const waiting of device.waiting.slice(device.next)) {
      this.held -= waiting.bytes;
      waiting.reject(error);
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
  readonly event: TelemetryEvent;
  readonly bytes: number;
  readonly btu: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface Lane {
  /** Those of whom something waits, in the order in which they are served. */
  readonly devices: Map<string, { readonly waiting: Waiting[]; next: number; bytes: number }>;
  running: boolean;
}

/** About what an event takes in memory and in the log, bytes; a small compressed frame may be a large event. */
function sizeOf({ data }: TelemetryEvent): number {
  let bytes = 500;
  const { samples, rawBase64 } = data as { samples?: readonly { values: readonly unknown[] }[]; rawBase64?: string };
  for (const { values } of samples ?? []) bytes += 60 + 24 * values.length;
  if (rawBase64 !== undefined) bytes += rawBase64.length;
  return bytes;
}

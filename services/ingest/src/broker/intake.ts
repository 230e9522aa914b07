import type { NativeFrame } from '@quaywatch/contracts';
import { DeviceClock, timeFault } from '@quaywatch/domain/telemetry';
import { describeError, Fault, makeId, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import type { Dialect, DialectSession } from '../dialects';
import type { ExpressFrame } from '../dialects/express-frame';
import { spreaderAt, type Device } from '../devices/registry';
import { Together } from '../devices/together';
import type { CatchUp } from './catch-up';
import { EventSlab } from './event-slab';
import { frameEvent, frameSpan, type TelemetryEvent } from './frame-event';
import type { FrameName } from './frame-name';
import { GroupCommit, groupCommitLimits, type Settled } from './group-commit';
import type { LogTail } from './log-tail';
import { storedWindows, type StoredWindow, type WindowBook } from './window-book';

/** How long a device waits for the view; after that the log itself is read, for at most so long. */
const viewLimit = seconds(1);
const tailLimit = seconds(10);

/** Of a boot that nothing was learned of; never taught. */
const untaught = new DeviceClock();

/** Why a session of a device ended. */
export type Farewell = 'goodbye' | 'lost' | 'refused';

/** What the intake works with. */
export interface IntakeParts {
  readonly log: EventLog;
  readonly store: ViewStore;
  readonly book: WindowBook;
  readonly catchUp: CatchUp;
  readonly tail: LogTail;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of events that may wait for the log. */
  readonly waitingBytes: number;
}

/** What a device published. */
export interface DeviceMessage {
  readonly topic: string;
  /** The payload is `bytes[from, end)`. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly end: number;
}

/** Turns what devices publish into events and appends them, in the order of arrival (law L1). */
export class Intake {
  private readonly clocks = new Map<string, { readonly boot: number; readonly clock: DeviceClock }>();
  private readonly preparing = new Map<string, Promise<void>>();
  /** Devices of which another process may have stored frames. */
  private readonly elsewhere = new Set<string>();

  private readonly commit: GroupCommit;
  private readonly windows: Together<readonly StoredWindow[]>;
  private readonly slab = new EventSlab();

  constructor(private readonly parts: IntakeParts) {
    this.windows = new Together(parts.clock, (btus) => parts.store.transact((tx) => storedWindows(tx, btus)));
    this.commit = new GroupCommit(parts.log, 'da.telemetry', groupCommitLimits(parts.waitingBytes));
  }

  /** Bytes of events that wait for the log, and the most there ever were. */
  get waitingBytes(): { now: number; peak: number } {
    return { now: this.commit.waitingBytes, peak: this.commit.peak };
  }

  /**
   * Finds out which frames of a device are in the log; before it may publish. Rejects when that cannot be known now:
   * the device must come again later.
   */
  prepare(device: Device): Promise<void> {
    const { btu } = device;
    if (this.parts.book.ready(btu)) return Promise.resolve();
    const known = this.preparing.get(btu);
    if (known) return known;
    const preparing = this.lookUp(device).finally(() => this.preparing.delete(btu));
    this.preparing.set(btu, preparing);
    return preparing;
  }

  /**
   * Takes a message in: its place in the order is taken before this returns, and `done` is called when it is durable
   * (then the PUBACK may go), perhaps before this returns. What cannot be decoded is stored as `frame-quarantined`,
   * durable just the same (law L8), and so is what is of no dialect. Takes a callback, since it runs once a message of
   * every device.
   */
  take(
    device: Device,
    message: DeviceMessage,
    dialect: Dialect | undefined,
    session: DialectSession,
    done: Settled,
  ): void {
    const receivedAt = this.parts.clock.now();
    if (!dialect) return this.quarantine(device, message, 'no dialect knows this topic', receivedAt, done);
    const { topic, bytes, from, end } = message;
    const express = dialect.express?.(topic, bytes, session, from, end);
    if (express) return this.store(device, message, express, receivedAt, done);
    const decoded = dialect.decode(topic, bytes.subarray(from, end), session);
    if (!decoded.ok) return this.quarantine(device, message, decoded.reason, receivedAt, done);
    const { frames, left } = decoded;
    const parts = frames.length + (left === undefined ? 0 : 1);
    if (parts === 0) return done();
    const settled = parts === 1 ? done : allOf(parts, done);
    for (const frame of frames) this.store(device, message, frame, receivedAt, settled);
    if (left !== undefined) this.quarantine(device, message, left, receivedAt, settled);
  }

  /** What is known of a device's frames is looked up anew before it may publish: another process took some meanwhile. */
  async forget(device: Device): Promise<void> {
    await this.parts.book.quiet(device.btu);
    this.elsewhere.add(device.btu);
    this.parts.book.forget(device.btu);
  }

  /** Resolves when nothing of a device is on its way into the log. */
  quiet(btu: string): Promise<void> {
    return this.parts.book.quiet(btu);
  }

  /** Records that a device came. Never rejects: presence is not acknowledged to anybody. */
  arrived(device: Device, address: string | null): Promise<void> {
    return this.presence(this.presenceEvent(device, 'device-connected', { address }));
  }

  /** Records that a device went. Never rejects. */
  left(device: Device, how: Farewell): Promise<void> {
    return this.presence(this.presenceEvent(device, 'device-disconnected', { how }));
  }

  private store(
    device: Device,
    message: DeviceMessage,
    frame: NativeFrame | ExpressFrame,
    receivedAt: number,
    done: Settled,
  ): void {
    const offset = this.offset(frame, receivedAt);
    const express = 'times' in frame;
    const at = frame.tsDev + offset;
    const [first, last] = express ? [at + frame.first, at + frame.last] : frameSpan(frame, offset);
    const fault = timeFault(first, last, receivedAt);
    if (fault) return this.quarantine(device, message, fault, receivedAt, done);
    const underWay = this.parts.book.begin(frame.bid, frame.boot, frame.stream, frame.seq, done);
    if (!underWay) return;
    const record = express
      ? this.slab.write(device, frame, offset, receivedAt)
      : frameEvent(device, frame, offset, receivedAt);
    const { key } = record;
    this.commit.put(device.btu, record, (error) => {
      // Small on the wire, too large as an event: it would come again for ever.
      if (error instanceof Fault && error.code === 'EVENT_TOO_LARGE')
        this.quarantine(device, message, error.message, receivedAt, (also) => underWay.end(key, also));
      else underWay.end(key, error);
    });
  }

  private async lookUp(device: Device): Promise<void> {
    const { book } = this.parts;
    await book.quiet(device.btu);
    const doubts = book.doubts(device.btu);
    if (doubts.length > 0) {
      // The log keeps the order of a key: when these are stored, what was appended before them is decided.
      const lost = this.presenceEvent(device, 'device-disconnected', { how: 'lost' });
      const markers = doubts.map((key) => ({ event: { ...lost, key, id: this.newId(lost.time) } }));
      await this.parts.log.append('da.telemetry', markers);
      this.parts.logger.info({ btu: device.btu }, 'what became of an uncertain append is known again');
    }
    const uncertain = doubts.length > 0 || this.elsewhere.has(device.btu);
    const beyond = uncertain ? await this.beyondView(device.btu) : [];
    book.load(device.btu, (await this.windows.one(device.btu)) ?? [], beyond);
    this.elsewhere.delete(device.btu);
  }

  /** Stored frames of a device that the view may not have; it mostly has all in a moment. */
  private async beyondView(btu: string): Promise<readonly FrameName[]> {
    try {
      await this.parts.catchUp.reach(viewLimit);
      return [];
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'CATCH_UP')) throw error;
      return this.parts.tail.frames(btu, tailLimit);
    }
  }

  private async presence(event: TelemetryEvent): Promise<void> {
    try {
      await this.commit.append(event.data.btu as string, event);
    } catch (error) {
      this.parts.logger.warn({ btu: event.data.btu, reason: describeError(error) }, 'presence could not be stored');
    }
  }

  private presenceEvent(device: Device, type: string, data: object): TelemetryEvent {
    const time = this.parts.clock.now();
    const spreader = spreaderAt(device, time);
    return {
      id: this.newId(time),
      type,
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? device.btu,
      time,
      data: { btu: device.btu, spreader, ...data },
    };
  }

  private quarantine(
    device: Device,
    { topic: mqttTopic, bytes, from, end }: DeviceMessage,
    reason: string,
    receivedAt: number,
    done: Settled,
  ): void {
    const spreader = spreaderAt(device, receivedAt);
    const { btu } = device;
    this.parts.logger.warn({ btu, topic: mqttTopic, reason }, 'frame put into quarantine');
    const rawBase64 = bytes.toString('base64', from, end);
    const event = {
      id: this.newId(receivedAt),
      type: 'frame-quarantined',
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? btu,
      time: receivedAt,
      data: { btu, spreader, mqttTopic, reason, rawBase64, receivedAt },
    };
    this.commit.put(btu, event, done);
  }

  private newId(at: number): string {
    return makeId('event', at, this.parts.clock.random(16));
  }

  private offset(frame: NativeFrame | ExpressFrame, receivedAt: number): number {
    const known = this.clocks.get(frame.bid);
    let clock = known?.boot === frame.boot ? known.clock : undefined;
    if (!clock && frame.hist) return untaught.offsetOf(frame);
    if (!clock) this.clocks.set(frame.bid, { boot: frame.boot, clock: (clock = new DeviceClock()) });
    if (!frame.hist) clock.observe(frame, receivedAt);
    return clock.offsetOf(frame);
  }
}

/** Calls `done` once: when all of `count` are stored, or with the first error. */
function allOf(count: number, done: Settled): Settled {
  let left = count;
  return (error) => {
    if (left <= 0) return;
    left = error === undefined ? left - 1 : 0;
    if (left === 0) done(error);
  };
}

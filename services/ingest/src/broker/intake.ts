import type { NativeFrame } from '@quaywatch/contracts';
import { frameOffset, noEstimate, observeClock, timeFault, type ClockEstimate } from '@quaywatch/domain/telemetry';
import { describeError, Fault, makeId, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { dialects, type DialectSession } from '../dialects';
import { spreaderAt, type Device } from '../devices/registry';
import type { CatchUp } from './catch-up';
import { frameEvent, frameSpan, type TelemetryEvent } from './frame-event';
import type { FrameName } from './frame-name';
import { GroupCommit, groupCommitLimits } from './group-commit';
import type { LogTail } from './log-tail';
import type { WindowBook } from './window-book';

/** How long a device waits for the view; after that the log itself is read, for at most so long. */
const viewLimit = seconds(1);
const tailLimit = seconds(10);

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

/** Turns what devices publish into events and appends them, in the order of arrival (law L1). */
export class Intake {
  private readonly clocks = new Map<string, { boot: number; estimate: ClockEstimate }>();
  private readonly preparing = new Map<string, Promise<void>>();
  /** Devices of which another process may have stored frames. */
  private readonly elsewhere = new Set<string>();

  private readonly commit: GroupCommit;

  constructor(private readonly parts: IntakeParts) {
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
   * Takes a payload in: its place in the order is taken before this returns, and the promise resolves when it is durable
   * (then the PUBACK may go). What cannot be decoded is stored as `frame-quarantined`, durable just the same (law L8).
   */
  take(device: Device, topic: string, payload: Uint8Array, session: DialectSession): Promise<unknown> {
    const receivedAt = this.parts.clock.now();
    const quarantine = (reason: string): Promise<void> => this.quarantine(device, topic, payload, reason, receivedAt);
    const dialect = dialects.find(({ speaks }) => speaks(topic, device.btu));
    if (!dialect) return quarantine('no dialect knows this topic');
    const decoded = dialect.decode(topic, payload, session);
    if (!decoded.ok) return quarantine(decoded.reason);
    const { frames } = decoded;
    if (frames.length === 1) return this.store(device, frames[0] as NativeFrame, receivedAt, quarantine);
    return Promise.all(frames.map((frame) => this.store(device, frame, receivedAt, quarantine)));
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
    frame: NativeFrame,
    receivedAt: number,
    quarantine: (reason: string) => Promise<void>,
  ): Promise<unknown> {
    const offset = this.offset(frame, receivedAt);
    const fault = timeFault(...frameSpan(frame, offset), receivedAt);
    if (fault) return quarantine(fault);
    const event = frameEvent(device, frame, offset, receivedAt);
    const name = { btu: frame.bid, boot: frame.boot, stream: frame.stream, seq: frame.seq };
    return this.parts.book.once(name, event.key, () =>
      this.commit.append(device.btu, event).catch((error: unknown) => {
        // Small on the wire, too large as an event: it would come again for ever.
        if (error instanceof Fault && error.code === 'EVENT_TOO_LARGE') return quarantine(error.message);
        throw error;
      }),
    );
  }

  private async lookUp(device: Device): Promise<void> {
    const { book, store } = this.parts;
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
    await store.transact((tx) => book.load(tx, device.btu, beyond));
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
    mqttTopic: string,
    payload: Uint8Array,
    reason: string,
    receivedAt: number,
  ): Promise<void> {
    const spreader = spreaderAt(device, receivedAt);
    const { btu } = device;
    this.parts.logger.warn({ btu, topic: mqttTopic, reason }, 'frame put into quarantine');
    const rawBase64 = Buffer.from(payload).toString('base64');
    return this.commit.append(btu, {
      id: this.newId(receivedAt),
      type: 'frame-quarantined',
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? btu,
      time: receivedAt,
      data: { btu, spreader, mqttTopic, reason, rawBase64, receivedAt },
    });
  }

  private newId(at: number): string {
    return makeId('event', at, this.parts.clock.random(16));
  }

  private offset(frame: NativeFrame, receivedAt: number): number {
    const known = this.clocks.get(frame.bid);
    let estimate = known?.boot === frame.boot ? known.estimate : noEstimate;
    if (!frame.hist) {
      estimate = observeClock(estimate, frame, receivedAt);
      this.clocks.set(frame.bid, { boot: frame.boot, estimate });
    }
    return frameOffset(estimate, frame);
  }
}

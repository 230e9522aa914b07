import type { EventEnvelope, NativeFrame } from '@quaywatch/contracts';
import { clockOffset, futureLimit, noEstimate, observeClock, type ClockEstimate } from '@quaywatch/domain/telemetry';
import { describeError, makeId } from '@quaywatch/kernel';
import type { Clock, EventLog } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { dialects } from '../dialects';
import { spreaderAt, type Device } from '../devices/registry';
import { streamKey, type WindowBook } from './window-book';

type NewEvent = EventEnvelope<Record<string, unknown>>;

/** Turns what devices publish into events and appends them, in the order of arrival (law L1). */
export class Intake {
  private readonly clocks = new Map<string, { boot: number; estimate: ClockEstimate }>();

  constructor(
    private readonly log: EventLog,
    private readonly book: WindowBook,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Takes a payload in: the append is started before this returns, and the promise resolves when it is durable (then
   * the PUBACK may go). What cannot be decoded is stored as `frame-quarantined`, durable just the same (law L8).
   */
  take(device: Device, topic: string, payload: Uint8Array): Promise<void> {
    const receivedAt = this.clock.now();
    const found = dialects.flatMap((dialect) => {
      const stream = dialect.streamOf(topic, device.btu);
      return stream === undefined ? [] : [{ dialect, stream }];
    })[0];
    const decoded = found
      ? found.dialect.decode(found.stream, device.btu, payload)
      : ({ ok: false, reason: 'no dialect knows this topic' } as const);
    if (!decoded.ok) return this.quarantine(device, topic, payload, decoded.reason, receivedAt);
    const { frame } = decoded;
    const offset = this.offset(frame, receivedAt);
    const at = frame.tsDev + offset;
    if (at > receivedAt + futureLimit) return this.quarantine(device, topic, payload, 'its time lies in the future', receivedAt);
    const event = this.event(device, frame, at, offset, receivedAt);
    return this.book
      .once(streamKey(frame.bid, frame.boot, frame.stream), frame.seq, () => this.log.append('da.telemetry', [{ event }]))
      .then(() => undefined);
  }

  /** Records that a device came or went. Never rejects: presence is not acknowledged to anybody. */
  async presence(device: Device, what: { type: 'device-connected'; address: string | null } | { type: 'device-disconnected'; how: string }): Promise<void> {
    const now = this.clock.now();
    const { type, ...rest } = what;
    const spreader = spreaderAt(device, now);
    const event: NewEvent = {
      id: makeId('event', now, this.clock.random(16)),
      type,
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? device.btu,
      time: now,
      data: { btu: device.btu, spreader, ...rest },
    };
    try {
      await this.log.append('da.telemetry', [{ event }]);
    } catch (error) {
      this.logger.warn({ btu: device.btu, reason: describeError(error) }, 'presence could not be stored');
    }
  }

  private quarantine(device: Device, topic: string, payload: Uint8Array, reason: string, receivedAt: number): Promise<void> {
    const spreader = spreaderAt(device, receivedAt);
    this.logger.warn({ btu: device.btu, topic, reason }, 'frame put into quarantine');
    const event: NewEvent = {
      id: makeId('event', receivedAt, this.clock.random(16)),
      type: 'frame-quarantined',
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? device.btu,
      time: receivedAt,
      data: { btu: device.btu, spreader, mqttTopic: topic, reason, rawBase64: Buffer.from(payload).toString('base64'), receivedAt },
    };
    return this.log.append('da.telemetry', [{ event }]);
  }

  private offset(frame: NativeFrame, receivedAt: number): number {
    const known = this.clocks.get(frame.bid);
    let estimate = known?.boot === frame.boot ? known.estimate : noEstimate;
    if (!frame.hist) {
      estimate = observeClock(estimate, frame.tsSent, receivedAt);
      this.clocks.set(frame.bid, { boot: frame.boot, estimate });
    }
    return clockOffset(estimate);
  }

  private event(device: Device, frame: NativeFrame, at: number, offset: number, receivedAt: number): NewEvent {
    const spreader = spreaderAt(device, at);
    const who = { btu: device.btu, spreader };
    const [type, data] = body(frame, who, at, offset, receivedAt);
    return {
      id: `evt_${frame.bid}.${frame.boot}.${frame.stream}.${frame.seq}`,
      type,
      v: 1,
      source: 'ingest',
      org: device.org,
      key: spreader ?? device.btu,
      time: at,
      data,
    };
  }
}

function body(
  frame: NativeFrame,
  who: { btu: string; spreader: string | null },
  at: number,
  offset: number,
  receivedAt: number,
): [string, Record<string, unknown>] {
  const { boot, seq, stream } = frame;
  switch (frame.stream) {
    case 'live':
    case 'event':
      return [
        'samples-received',
        {
          ...who,
          stream,
          boot,
          seq,
          receivedAt,
          historical: frame.hist,
          clock: frame.cq,
          clockOffset: offset,
          samples: Object.entries(frame.body.signals).map(([signal, column]) => ({
            signal,
            at: column.t.map((t) => at + t),
            values: column.values,
          })),
        },
      ];
    case 'birth':
      return ['device-birth-received', { ...who, boot, ...frame.body }];
    case 'alarm':
      return ['device-alarm-received', { ...who, at, ...frame.body }];
    case 'gap':
      return ['gap-reported', { ...who, ...frame.body }];
  }
}

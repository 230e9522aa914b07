import type { EventEnvelope, NativeFrame } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import { spreaderAt, type Device } from '../devices/registry';
import { frameId } from './frame-name';

/** An event of topic da.telemetry before it is stored. */
export type TelemetryEvent = EventEnvelope<Record<string, unknown>>;

/** Earliest and latest corrected time in a frame, ms UTC. */
export function frameSpan(frame: NativeFrame, offset: number): [first: Instant, last: Instant] {
  let first = 0;
  let last = 0;
  if (frame.stream === 'move') first = frame.body.start;
  else if (frame.stream === 'hist') first = -frame.body.length;
  else if (frame.stream === 'live' || frame.stream === 'event') {
    for (const { t } of Object.values(frame.body.signals)) {
      for (const relative of t) {
        if (relative < first) first = relative;
        if (relative > last) last = relative;
      }
    }
  }
  return [frame.tsDev + offset + first, frame.tsDev + offset + last];
}

/**
 * The event of a frame, under the organisation of the device's certificate (law L4) and the spreader that the device
 * was bound to at the frame's time. Its id names the frame, so that it is the same each time the frame is sent.
 */
export function frameEvent(device: Device, frame: NativeFrame, offset: number, receivedAt: Instant): TelemetryEvent {
  const at = frame.tsDev + offset;
  const bound = spreaderAt(device, at);
  // What was counted on two spreaders together says nothing of either.
  const torn = frame.stream === 'hist' && spreaderAt(device, at - frame.body.length) !== bound;
  const spreader = torn ? null : bound;
  const [type, data] = body(frame, device.btu, spreader, offset, receivedAt);
  return {
    id: frameId({ btu: frame.bid, boot: frame.boot, stream: frame.stream, seq: frame.seq }),
    type,
    v: 1,
    source: 'ingest',
    org: device.org,
    key: spreader ?? device.btu,
    time: at,
    data,
  };
}

function body(
  frame: NativeFrame,
  btu: string,
  spreader: string | null,
  offset: number,
  receivedAt: number,
): [string, Record<string, unknown>] {
  const { boot, seq, stream } = frame;
  const at = frame.tsDev + offset;
  switch (frame.stream) {
    case 'live':
    case 'event':
      return [
        'samples-received',
        // Written out: a spread before other properties makes a slow object, ten times the cost of this event.
        {
          btu,
          spreader,
          stream,
          boot,
          seq,
          receivedAt,
          historical: frame.hist,
          clock: frame.cq,
          clockOffset: offset,
          samples: samplesOf(frame.body.signals, at),
        },
      ];
    case 'birth':
      return ['device-birth-received', { btu, spreader, boot, ...frame.body }];
    case 'alarm':
      return ['device-alarm-received', { btu, spreader, at, ...frame.body }];
    case 'gap':
      return ['gap-reported', { btu, spreader, ...frame.body }];
    case 'move': {
      const { start, ...move } = frame.body;
      return [
        'device-move-reported',
        { btu, spreader, boot, historical: frame.hist, startedAt: at + start, endedAt: at, ...move },
      ];
    }
    case 'hist': {
      const { length, ...histogram } = frame.body;
      return [
        'histogram-reported',
        { btu, spreader, boot, historical: frame.hist, from: at - length, to: at, ...histogram },
      ];
    }
  }
}

/** Columns with absolute times; loops, since this runs once a frame of every device. */
function samplesOf(
  signals: Readonly<Record<string, { readonly t: readonly number[]; readonly values: readonly unknown[] }>>,
  at: Instant,
): { signal: string; at: number[]; values: readonly unknown[] }[] {
  const samples: { signal: string; at: number[]; values: readonly unknown[] }[] = [];
  for (const signal in signals) {
    const { t, values } = signals[signal] as { t: readonly number[]; values: readonly unknown[] };
    const times: number[] = new Array<number>(t.length);
    for (let i = 0; i < t.length; i++) times[i] = at + (t[i] as number);
    samples.push({ signal, at: times, values });
  }
  return samples;
}

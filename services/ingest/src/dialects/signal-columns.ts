import { nativeFrame, signalCatalogue, signalFamily, type NativeFrame } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';

/** One value of one signal at one time, as a dialect without frames of its own has it. */
export interface Sample {
  readonly signal: string;
  readonly at: Instant;
  readonly value: number | boolean | string | null;
  /** Was stored on the device before it was sent. */
  readonly historical: boolean;
}

/** What samples need to become frames. */
export interface FrameHead {
  readonly sid: string | null;
  readonly btu: string;
  /** Time of the message, ms UTC. */
  readonly at: Instant;
  /** Time since the device started, ms. */
  readonly up: number;
  /** Session and number of the next frame of a stream. */
  next(stream: 'live' | 'event', historical: boolean): { boot: number; seq: number };
}

/** Stream of a signal: what is sent at 1 Hz is `live`; on change, once a move or hourly is `event`. Unknown ones are `live`. */
const streamOf = (signal: string): 'live' | 'event' => {
  const rate = signalCatalogue.get(signalFamily(signal))?.rate;
  return rate === undefined || rate === '1' ? 'live' : 'event';
};

/** Frames of samples: at most one a stream, and one more for what was stored before. Or why they are not frames. */
export function framesOf(
  samples: readonly Sample[],
  head: FrameHead,
): { ok: true; frames: NativeFrame[] } | { ok: false; reason: string } {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = `${sample.historical ? 1 : 0}${streamOf(sample.signal)}`;
    const group = groups.get(name);
    if (group) group.push(sample);
    else groups.set(name, [sample]);
  }
  const frames: NativeFrame[] = [];
  for (const [name, group] of groups) {
    const stream = name.slice(1) as 'live' | 'event';
    const signals: Record<string, { t: number[]; values: Sample['value'][] }> = {};
    for (const { signal, at, value } of group) {
      const column = Object.hasOwn(signals, signal) ? signals[signal] : undefined;
      if (column) {
        column.t.push(at - head.at);
        column.values.push(value);
      } else signals[signal] = { t: [at - head.at], values: [value] };
    }
    const parsed = nativeFrame.safeParse({
      v: 1,
      stream,
      sid: head.sid,
      bid: head.btu,
      ...head.next(stream, name.startsWith('1')),
      tsDev: head.at,
      up: Math.max(0, head.up),
      tsSent: head.at,
      cq: 'NTP',
      hist: name.startsWith('1'),
      body: { signals },
    });
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return { ok: false, reason: `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not valid'}` };
    }
    frames.push(parsed.data);
  }
  return { ok: true, frames };
}

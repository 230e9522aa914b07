import { SequenceWindow } from '@quaywatch/domain/telemetry';
import { Fault } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import type { FrameName } from './frame-name';

interface StreamBook {
  window: SequenceWindow;
  /** Appends under way, by sequence number. */
  readonly pending: Map<number, Promise<'appended'>>;
}

interface DeviceBook {
  readonly streams: Map<string, StreamBook>;
  /** Log keys of frames of which nobody knows whether they are stored; not empty = in doubt. */
  readonly doubts: Set<string>;
}

/**
 * Which frames are in the log, so that a frame sent again is stored once. A device's part is loaded from the table,
 * itself a view of the log, when it connects; from then on this process is the only writer and the book is the
 * authority. After an append that failed the log may or may not have the frame: the device is in doubt, nothing more
 * of it is appended until its part was loaded again, from the view and what the log has beyond it.
 */
export class WindowBook {
  private readonly devices = new Map<string, DeviceBook>();

  /** True when frames of the device can be taken. */
  ready(btu: string): boolean {
    return this.devices.get(btu)?.doubts.size === 0;
  }

  /** Forgets a device of which nothing is under way. */
  forget(btu: string): void {
    this.devices.delete(btu);
  }

  /** Log keys of the frames in doubt; empty when the device is not in doubt or not known. */
  doubts(btu: string): readonly string[] {
    return [...(this.devices.get(btu)?.doubts ?? [])];
  }

  /** Resolves when nothing of the device is under way any more, stored or not. */
  async quiet(btu: string): Promise<void> {
    const streams = [...(this.devices.get(btu)?.streams.values() ?? [])];
    await Promise.allSettled(streams.flatMap((stream) => [...stream.pending.values()]));
  }

  /**
   * Loads the device's part in place of what was known: from the table, and `beyond` it the frames in the log that the
   * table may not have.
   */
  async load(q: Queryable, btu: string, beyond: readonly FrameName[]): Promise<void> {
    const rows = await q.query<{ boot: string; stream: string; seen: string }>(
      'select boot, stream, seen from sequence_window where btu = $1',
      [btu],
    );
    const streams = new Map<string, StreamBook>();
    for (const row of rows)
      streams.set(`${row.boot} ${row.stream}`, { window: SequenceWindow.fromText(row.seen), pending: new Map() });
    for (const { boot, stream, seq } of beyond) streamOf(streams, boot, stream).window.add(seq);
    this.devices.set(btu, { streams, doubts: new Set() });
  }

  /**
   * Appends a frame once: `append` is called synchronously, unless the frame is in the log (resolves at once) or on its
   * way there (resolves or rejects with it). `key` is its key in the log. Rejects with Fault `DEVICE_IN_DOUBT` when
   * the device must connect again first.
   */
  once(frame: FrameName, key: string, append: () => Promise<void>): Promise<'appended' | 'duplicate'> {
    const device = this.devices.get(frame.btu);
    if (!device || device.doubts.size > 0) {
      const message = `what the log has of ${frame.btu} must be looked up first: it has to connect again`;
      return Promise.reject(new Fault('DEVICE_IN_DOUBT', message, { retryable: true }));
    }
    const stream = streamOf(device.streams, frame.boot, frame.stream);
    const underWay = stream.pending.get(frame.seq);
    if (underWay) return underWay.then(() => 'duplicate');
    if (stream.window.has(frame.seq)) return Promise.resolve('duplicate');
    const appended = append().then(
      () => {
        stream.pending.delete(frame.seq);
        stream.window.add(frame.seq);
        return 'appended' as const;
      },
      (error: unknown) => {
        stream.pending.delete(frame.seq);
        device.doubts.add(key);
        throw error;
      },
    );
    stream.pending.set(frame.seq, appended);
    return appended;
  }
}

function streamOf(streams: Map<string, StreamBook>, boot: number, name: string): StreamBook {
  const key = `${boot} ${name}`;
  let stream = streams.get(key);
  if (!stream) streams.set(key, (stream = { window: SequenceWindow.empty(), pending: new Map() }));
  return stream;
}

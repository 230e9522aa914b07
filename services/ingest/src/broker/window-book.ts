import { SequenceWindow } from '@quaywatch/domain/telemetry';
import { Fault } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import type { FrameName } from './frame-name';
import type { Settled } from './group-commit';

/** A row of the table of what is stored. */
export interface StoredWindow {
  readonly boot: string;
  readonly stream: string;
  readonly seen: string;
}

/** The rows of these devices; a device that has none is not there. */
export async function storedWindows(
  q: Queryable,
  btus: readonly string[],
): Promise<ReadonlyMap<string, readonly StoredWindow[]>> {
  const rows = await q.query<{ btu: string; boot: string; stream: string; seen: string }>(
    'select btu, boot, stream, seen from sequence_window where btu = any($1)',
    [btus],
  );
  const found = new Map<string, StoredWindow[]>();
  for (const { btu, ...row } of rows) {
    const known = found.get(btu);
    if (known) known.push(row);
    else found.set(btu, [row]);
  }
  return found;
}

interface StreamBook {
  readonly boot: number;
  readonly name: string;
  window: SequenceWindow;
  /**
   * Appends under way, oldest first: few, and mostly in the order of their numbers. Not a Map: what is put into it and taken
   * out again all the time makes table after table, each held by the one before, which the collector takes for old.
   */
  readonly pending: FrameUnderWay[];
  /** The highest number whose append was ever begun here. */
  highest: number;
}

interface DeviceBook {
  readonly streams: Map<string, StreamBook>;
  /** The one asked for last. */
  last: StreamBook | undefined;
  /** Log keys of frames of which nobody knows whether they are stored; not empty = in doubt. */
  readonly doubts: Set<string>;
  /** Appends under way, and who waits for their end. */
  underWay: number;
  readonly quiet: (() => void)[];
}

/** A frame whose append is under way. */
export class FrameUnderWay {
  private twins: Settled[] | undefined;

  constructor(
    private readonly device: DeviceBook,
    private readonly stream: StreamBook,
    readonly seq: number,
    private readonly done: Settled,
  ) {}

  /** The same frame came again: who sent it waits too. */
  join(done: Settled): void {
    (this.twins ??= []).push(done);
  }

  /** The append is over; with an error, the log may or may not have the frame under its `key`. */
  end(key: string, error?: unknown): void {
    const { device, stream, seq } = this;
    stream.pending.splice(stream.pending.indexOf(this), 1);
    if (error === undefined) stream.window.add(seq);
    else device.doubts.add(key);
    this.done(error);
    if (this.twins) for (const tell of this.twins) tell(error);
    if (--device.underWay === 0) for (const tell of device.quiet.splice(0)) tell();
  }
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
    const device = this.devices.get(btu);
    if (device && device.underWay > 0) await new Promise<void>((resolve) => device.quiet.push(resolve));
  }

  /**
   * Loads the device's part in place of what was known: from its rows in the table, and `beyond` them the frames in the
   * log that the table may not have.
   */
  load(btu: string, rows: readonly StoredWindow[], beyond: readonly FrameName[]): void {
    const device: DeviceBook = { streams: new Map(), last: undefined, doubts: new Set(), underWay: 0, quiet: [] };
    for (const row of rows) streamOf(device, Number(row.boot), row.stream).window = SequenceWindow.fromText(row.seen);
    for (const { boot, stream, seq } of beyond) streamOf(device, boot, stream).window.add(seq);
    this.devices.set(btu, device);
  }

  /**
   * A frame that must be appended now, before anything else happens; call its `end` afterwards. Undefined when there is
   * nothing to append: the frame is in the log (`done` is called at once), on its way there (`done` is called with it), or
   * the device must connect again first (`done` gets Fault `DEVICE_IN_DOUBT`). Takes a callback, since it runs once a
   * frame of every device.
   */
  begin(btu: string, boot: number, name: string, seq: number, done: Settled): FrameUnderWay | undefined {
    const device = this.devices.get(btu);
    if (!device || device.doubts.size > 0) {
      const message = `what the log has of ${btu} must be looked up first: it has to connect again`;
      done(new Fault('DEVICE_IN_DOUBT', message, { retryable: true }));
      return undefined;
    }
    const stream = streamOf(device, boot, name);
    // Mostly it is the highest number yet.
    const first = seq > stream.highest ? undefined : stream.pending.find((frame) => frame.seq === seq);
    if (first) first.join(done);
    else if (stream.window.has(seq)) done();
    else {
      const frame = new FrameUnderWay(device, stream, seq, done);
      stream.pending.push(frame);
      if (seq > stream.highest) stream.highest = seq;
      device.underWay++;
      return frame;
    }
    return undefined;
  }
}

function streamOf(device: DeviceBook, boot: number, name: string): StreamBook {
  if (device.last?.boot === boot && device.last.name === name) return device.last;
  const key = `${boot} ${name}`;
  let stream = device.streams.get(key);
  if (!stream)
    device.streams.set(key, (stream = { boot, name, window: SequenceWindow.empty(), pending: [], highest: 0 }));
  device.last = stream;
  return stream;
}

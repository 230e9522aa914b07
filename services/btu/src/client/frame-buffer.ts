import { deviceStreams, type DeviceStream, type NativeFrame } from '@quaywatch/contracts';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A frame as it waits on disk: `tsSent` and `hist` are set when it is sent. */
export type WaitingFrame = Omit<NativeFrame, 'tsSent' | 'hist'> & { readonly storedAt: number };

/** Frames that had to be dropped for want of room. */
export interface Dropped {
  readonly stream: DeviceStream;
  readonly boot: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Most bytes kept for each stream class; the lowest class loses its oldest frames first. */
export type Quotas = Readonly<Record<DeviceStream, number>>;

const megabyte = 1024 * 1024;

/** Quotas of a small flash: alarms and moves outlive live frames. */
export const defaultQuotas: Quotas = {
  birth: megabyte,
  alarm: 8 * megabyte,
  gap: megabyte,
  move: 16 * megabyte,
  hist: 4 * megabyte,
  event: 64 * megabyte,
  live: 64 * megabyte,
};

const segmentSize = 256 * 1024;

interface Segment {
  readonly file: string;
  bytes: number;
}

/** A segment being sent: its frames, how far they were taken, which are not yet acknowledged. */
interface Reading {
  readonly segment: Segment;
  frames: WaitingFrame[];
  taken: number;
  readonly left: Set<string>;
}

/**
 * Store and forward on disk: one queue of segment files per stream class. A frame is written before `push` returns, so
 * that the end of this process loses nothing; the end of power loses at most the second since the last `sync`. A torn
 * last line is cut off when the buffer is opened. Frames go away only by `acknowledged`, segment by segment; after a
 * crash some may be sent again, which the platform recognises by their sequence number.
 */
export class FrameBuffer {
  private readonly queues: Readonly<Record<DeviceStream, StreamQueue>>;
  /** This start's number: rises by one at each opening. */
  readonly boot: number;
  private readonly seqs: Record<DeviceStream, number> = {
    live: 0,
    event: 0,
    alarm: 0,
    birth: 0,
    gap: 0,
    move: 0,
    hist: 0,
  };

  constructor(
    folder: string,
    private readonly quotas: Quotas = defaultQuotas,
  ) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'boot');
    this.boot = (existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0) + 1;
    const handle = openSync(`${file}.new`, 'w');
    writeSync(handle, String(this.boot));
    fdatasyncSync(handle);
    closeSync(handle);
    // In one step: a file cut short by the end of power would count boots from 1 again and use numbers twice.
    renameSync(`${file}.new`, file);
    const directory = openSync(folder, 'r');
    fsyncSync(directory);
    closeSync(directory);
    this.queues = Object.fromEntries(
      deviceStreams.map((stream) => [stream, new StreamQueue(join(folder, stream))]),
    ) as Record<DeviceStream, StreamQueue>;
  }

  /** The number the next frame of a stream gets. */
  nextSeq(stream: DeviceStream): number {
    return ++this.seqs[stream];
  }

  /** Stores a frame; returns what had to be dropped of its stream for it. */
  push(frame: WaitingFrame): Dropped[] {
    const queue = this.queues[frame.stream];
    queue.push(`${JSON.stringify(frame)}\n`);
    return queue.trim(this.quotas[frame.stream]).flatMap((lines) => summarise(lines));
  }

  /** The oldest frames of a stream that are not under way, at most `limit`, taken for sending. */
  take(stream: DeviceStream, limit: number): WaitingFrame[] {
    return this.queues[stream].take(limit);
  }

  /** Device time of the frame that `take` would give next, ms; Infinity when there is none. */
  nextAt(stream: DeviceStream): number {
    return this.queues[stream].nextAt();
  }

  /** The platform has the frame: it may go. */
  acknowledged(frame: WaitingFrame): void {
    this.queues[frame.stream].acknowledged(frame);
  }

  /** The connection broke: what was under way is to be sent again, in order. */
  rewind(): void {
    for (const queue of Object.values(this.queues)) queue.rewind();
  }

  /** Bytes waiting on disk. */
  get bytes(): number {
    return Object.values(this.queues).reduce((sum, queue) => sum + queue.bytes, 0);
  }

  /** True when nothing waits. */
  get empty(): boolean {
    return Object.values(this.queues).every((queue) => queue.empty);
  }

  /** Brings everything to the disk. */
  sync(): void {
    for (const queue of Object.values(this.queues)) queue.sync();
  }

  close(): void {
    for (const queue of Object.values(this.queues)) queue.close();
  }
}

class StreamQueue {
  private readonly segments: Segment[] = [];
  private writer: number | undefined;
  private number = 0;
  private dirty = false;
  /** The oldest segments, those being sent. */
  private readonly readings: Reading[] = [];

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).sort()) {
      const file = join(folder, name);
      cutTornLine(file);
      const bytes = statSync(file).size;
      if (bytes === 0) rmSync(file);
      else this.segments.push({ file, bytes });
      this.number = Math.max(this.number, Number(name));
    }
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get empty(): boolean {
    return this.segments.length === 0;
  }

  push(line: string): void {
    if (this.writer === undefined) {
      const file = join(this.folder, String(++this.number).padStart(12, '0'));
      this.writer = openSync(file, 'a');
      this.segments.push({ file, bytes: 0 });
    }
    const segment = this.segments.at(-1) as Segment;
    segment.bytes += writeSync(this.writer, line);
    this.dirty = true;
    if (segment.bytes >= segmentSize) this.finishSegment();
  }

  take(limit: number): WaitingFrame[] {
    const reading = this.open();
    if (!reading) return [];
    const some = reading.frames.slice(reading.taken, reading.taken + limit);
    reading.taken += some.length;
    return some;
  }

  nextAt(): number {
    const reading = this.open();
    return reading?.frames[reading.taken]?.tsDev ?? Infinity;
  }

  /** The oldest segment with a frame not yet taken. */
  private open(): Reading | undefined {
    for (;;) {
      const reading = this.readings.find(({ taken, frames }) => taken < frames.length);
      const segment = this.segments[this.readings.length];
      if (reading || !segment) return reading;
      if (segment === this.segments.at(-1)) this.finishSegment();
      const frames = readFrames(segment.file);
      // Without one readable line there is nothing to acknowledge: it would stand in the way for ever.
      if (frames.length === 0) this.remove(segment);
      else this.readings.push({ segment, frames, taken: 0, left: new Set(frames.map(keyOf)) });
    }
  }

  acknowledged(frame: WaitingFrame): void {
    const index = this.readings.findIndex(({ left }) => left.delete(keyOf(frame)));
    const reading = this.readings[index];
    if (!reading || reading.left.size > 0) return;
    this.remove(reading.segment);
    this.readings.splice(index, 1);
  }

  rewind(): void {
    for (const reading of this.readings) {
      reading.frames = reading.frames.filter((frame) => reading.left.has(keyOf(frame)));
      reading.taken = 0;
    }
  }

  private remove(segment: Segment): void {
    rmSync(segment.file, { force: true });
    this.segments.splice(this.segments.indexOf(segment), 1);
  }

  /** Drops oldest segments (never one being sent or written) until the rest fits; gives back the lines dropped. */
  trim(quota: number): WaitingFrame[][] {
    const dropped: WaitingFrame[][] = [];
    while (this.bytes > quota) {
      const index = this.readings.length;
      const segment = this.segments[index];
      if (!segment || index >= this.segments.length - 1) break;
      dropped.push(readFrames(segment.file));
      this.remove(segment);
    }
    return dropped;
  }

  sync(): void {
    if (this.writer !== undefined && this.dirty) fdatasyncSync(this.writer);
    this.dirty = false;
  }

  close(): void {
    this.finishSegment();
  }

  private finishSegment(): void {
    if (this.writer === undefined) return;
    fdatasyncSync(this.writer);
    closeSync(this.writer);
    this.writer = undefined;
    this.dirty = false;
  }
}

const keyOf = (frame: WaitingFrame): string => `${frame.boot}.${frame.seq}`;

/** A power cut in the middle of a write leaves half a line at the end: it was never promised to anybody. */
function cutTornLine(file: string): void {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(10) + 1;
  if (end === bytes.length) return;
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, end);
  closeSync(handle);
}

function readFrames(file: string): WaitingFrame[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line === '') return [];
      try {
        return [JSON.parse(line) as WaitingFrame];
      } catch {
        // A sector that went bad: the rest of the segment is still good.
        return [];
      }
    });
}

function summarise(frames: readonly WaitingFrame[]): Dropped[] {
  const byBoot = new Map<number, WaitingFrame[]>();
  for (const frame of frames) byBoot.set(frame.boot, [...(byBoot.get(frame.boot) ?? []), frame]);
  return [...byBoot].map(([boot, list]) => {
    const numbers = list.map((frame) => frame.seq);
    return {
      stream: list[0]?.stream ?? 'live',
      boot,
      from: Math.min(...numbers),
      to: Math.max(...numbers),
      count: numbers.length,
    };
  });
}

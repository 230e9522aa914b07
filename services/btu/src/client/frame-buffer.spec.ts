import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeviceStream } from '@quaywatch/contracts';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { defaultQuotas, FrameBuffer, type Dropped, type WaitingFrame } from './frame-buffer';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
/** A frame of about this length fills a segment (256 KiB) with five of its kind. */
const long = 60_000;

let folder: string;
let open: FrameBuffer[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quaywatch-buffer-'));
  open = [];
});

afterEach(() => {
  for (const buffer of open) buffer.close();
  rmSync(folder, { recursive: true, force: true });
});

function openBuffer(quotas = defaultQuotas): FrameBuffer {
  const buffer = new FrameBuffer(folder, quotas);
  open.push(buffer);
  return buffer;
}

function push(buffer: FrameBuffer, stream: DeviceStream, at: number, length = 1): Dropped[] {
  return buffer.push({
    v: 1,
    stream,
    sid: null,
    bid: 'BTU-T',
    boot: buffer.boot,
    seq: buffer.nextSeq(stream),
    tsDev: at,
    up: 0,
    cq: 'NTP',
    body: { signals: { 'hyd.filter': { t: [0], values: ['x'.repeat(length)] } } },
    storedAt: at,
  } as WaitingFrame);
}

function pushMany(buffer: FrameBuffer, stream: DeviceStream, count: number, length = 1): Dropped[] {
  return Array.from({ length: count }, (_, i) => push(buffer, stream, i + 1, length)).flat();
}

/** `boot.seq` of the frames. */
const names = (frames: readonly WaitingFrame[]): string[] => frames.map(({ boot, seq }) => `${boot}.${seq}`);

const range = (boot: number, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${boot}.${from + i}`);

/** Takes and acknowledges all there is of a stream. */
function drain(buffer: FrameBuffer, stream: DeviceStream): string[] {
  const all: string[] = [];
  for (;;) {
    const frames = buffer.take(stream, 7);
    if (frames.length === 0) return all;
    all.push(...names(frames));
    for (const frame of frames) buffer.acknowledged(frame);
  }
}

const segments = (stream: DeviceStream): string[] => readdirSync(join(folder, stream)).sort();

const newest = (stream: DeviceStream): string => join(folder, stream, segments(stream).at(-1) ?? '');

describe('order', () => {
  it('gives frames back in the order of their storing, over several segments', () => {
    const buffer = openBuffer();
    pushMany(buffer, 'event', 12, long);
    expect(segments('event').length).toBeGreaterThan(1);
    expect(drain(buffer, 'event')).toEqual(range(1, 1, 12));
    expect(buffer.empty).toBe(true);
    expect(buffer.bytes).toBe(0);
  });

  it('keeps the streams apart', () => {
    const buffer = openBuffer();
    pushMany(buffer, 'event', 3);
    pushMany(buffer, 'live', 2);
    expect(drain(buffer, 'live')).toEqual(range(1, 1, 2));
    expect(drain(buffer, 'event')).toEqual(range(1, 1, 3));
    expect(drain(buffer, 'alarm')).toEqual([]);
  });

  it('keeps order while frames come in between taking', () => {
    const buffer = openBuffer();
    pushMany(buffer, 'live', 3);
    const taken = buffer.take('live', 2);
    pushMany(buffer, 'live', 2);
    for (const frame of taken) buffer.acknowledged(frame);
    expect([...names(taken), ...drain(buffer, 'live')]).toEqual(range(1, 1, 5));
  });

  it('tells the device time of the frame that comes next', () => {
    const buffer = openBuffer();
    expect(buffer.nextAt('live')).toBe(Infinity);
    push(buffer, 'live', 1000);
    push(buffer, 'live', 2000);
    expect(buffer.nextAt('live')).toBe(1000);
    const [first] = buffer.take('live', 1);
    expect(buffer.nextAt('live')).toBe(2000);
    buffer.take('live', 1);
    expect(buffer.nextAt('live')).toBe(Infinity);
    buffer.acknowledged(first as WaitingFrame);
    buffer.rewind();
    expect(buffer.nextAt('live')).toBe(2000);
  });
});

describe('opening again', () => {
  it('gives the frames of earlier boots first, each with its own boot and number', () => {
    for (const count of [3, 2]) {
      const earlier = openBuffer();
      pushMany(earlier, 'event', count);
      earlier.close();
    }
    const buffer = openBuffer();
    pushMany(buffer, 'event', 2);
    expect(drain(buffer, 'event')).toEqual([...range(1, 1, 3), ...range(2, 1, 2), ...range(3, 1, 2)]);
  });

  it('raises the boot each time, also when nothing was stored', () => {
    const boots = [1, 2, 3].map(() => {
      const buffer = openBuffer();
      buffer.close();
      return buffer.boot;
    });
    expect(boots).toEqual([1, 2, 3]);
  });

  it('never counts boots from the start again: the file of the boot number is replaced in one step', () => {
    openBuffer().close();
    const before = statSync(join(folder, 'boot')).ino;
    openBuffer().close();
    expect(statSync(join(folder, 'boot')).ino).not.toBe(before);
    expect(readdirSync(folder)).not.toContain('boot.new');
  });

  it('cuts off a torn last line and stores on after it', () => {
    const earlier = openBuffer();
    pushMany(earlier, 'event', 3);
    earlier.close();
    const whole = readFileSync(newest('event'));
    appendFileSync(newest('event'), whole.subarray(0, 40));
    const buffer = openBuffer();
    expect(readFileSync(newest('event'))).toEqual(whole);
    pushMany(buffer, 'event', 1);
    expect(drain(buffer, 'event')).toEqual([...range(1, 1, 3), '2.1']);
  });

  it('throws away a segment that has nothing but a torn line', () => {
    writeFileSync(join(openedFolder('event'), '000000000001'), '{"v":1,"stream":"ev');
    const buffer = openBuffer();
    expect(buffer.empty).toBe(true);
    expect(segments('event')).toEqual([]);
  });

  it('passes over an unreadable line', () => {
    const earlier = openBuffer();
    pushMany(earlier, 'event', 2);
    earlier.close();
    appendFileSync(newest('event'), '{"v":1,"stre\u0000\u0000\n');
    const buffer = openBuffer();
    pushMany(buffer, 'event', 1);
    expect(drain(buffer, 'event')).toEqual([...range(1, 1, 2), '2.1']);
    expect(buffer.empty).toBe(true);
  });

  it('passes over a segment without one readable line', () => {
    writeFileSync(join(openedFolder('event'), '000000000001'), '{"v":1,"stre\u0000\u0000\n');
    const buffer = openBuffer();
    pushMany(buffer, 'event', 2);
    expect(drain(buffer, 'event')).toEqual(range(buffer.boot, 1, 2));
    expect(buffer.empty).toBe(true);
  });

  function openedFolder(stream: DeviceStream): string {
    openBuffer().close();
    return join(folder, stream);
  }
});

describe('acknowledging', () => {
  it('deletes a segment when all of its frames are acknowledged, in any order, and not before', () => {
    const buffer = openBuffer();
    pushMany(buffer, 'event', 7, long);
    const [oldest] = segments('event');
    const taken = buffer.take('event', 5);
    expect(taken).toHaveLength(5);
    for (const frame of taken.slice(1).reverse()) buffer.acknowledged(frame);
    expect(segments('event')).toContain(oldest);
    buffer.acknowledged(taken[0] as WaitingFrame);
    expect(segments('event')).not.toContain(oldest);
    expect(drain(buffer, 'event')).toEqual(range(1, 6, 7));
  });

  it('after rewinding gives again what was not acknowledged, in order, and only that', () => {
    const buffer = openBuffer();
    pushMany(buffer, 'event', 6);
    const taken = buffer.take('event', 4);
    for (const index of [0, 2]) buffer.acknowledged(taken[index] as WaitingFrame);
    buffer.rewind();
    expect(drain(buffer, 'event')).toEqual(['1.2', '1.4', '1.5', '1.6']);
    expect(buffer.empty).toBe(true);
  });

  it('takes nothing else away when a frame is acknowledged twice over a rewind', () => {
    const buffer = openBuffer();
    pushMany(buffer, 'event', 2);
    const [first] = buffer.take('event', 2);
    buffer.acknowledged(first as WaitingFrame);
    buffer.rewind();
    buffer.acknowledged(first as WaitingFrame);
    expect(drain(buffer, 'event')).toEqual(['1.2']);
  });

  it('keeps everything of an unfinished segment over a new opening', () => {
    const earlier = openBuffer();
    pushMany(earlier, 'event', 3);
    const [first] = earlier.take('event', 2);
    earlier.acknowledged(first as WaitingFrame);
    earlier.close();
    expect(drain(openBuffer(), 'event')).toEqual(range(1, 1, 3));
  });
});

describe('overflow', () => {
  const quotas = { ...defaultQuotas, live: 700_000 };

  it('drops the oldest frames of the stream and tells exactly which', () => {
    const buffer = openBuffer(quotas);
    pushMany(buffer, 'event', 3);
    const dropped = pushMany(buffer, 'live', 30, long);
    const kept = drain(buffer, 'live');
    const last = dropped.at(-1)?.to ?? 0;
    expect(last).toBeGreaterThan(0);
    expect(kept).toEqual(range(1, last + 1, 30));
    expect(kept.length * long).toBeGreaterThan(quotas.live / 2);
    expect(dropped.every(({ stream, boot }) => stream === 'live' && boot === 1)).toBe(true);
    expect(dropped.flatMap(({ boot, from, to }) => range(boot, from, to))).toEqual(range(1, 1, last));
    expect(dropped.reduce((sum, { count }) => sum + count, 0)).toBe(last);
    expect(drain(buffer, 'event')).toEqual(range(1, 1, 3));
  });

  it('stays within the quota', () => {
    const buffer = openBuffer(quotas);
    for (let i = 1; i <= 40; i++) {
      push(buffer, 'live', i, long);
      expect(buffer.bytes).toBeLessThanOrEqual(quotas.live);
    }
  });

  it('tells the gaps of two boots apart', () => {
    const earlier = openBuffer(quotas);
    pushMany(earlier, 'live', 7, long);
    earlier.close();
    const buffer = openBuffer(quotas);
    const dropped = pushMany(buffer, 'live', 30, long);
    const last = dropped.at(-1)?.to ?? 0;
    expect(dropped.flatMap(({ boot, from, to }) => range(boot, from, to))).toEqual([
      ...range(1, 1, 7),
      ...range(2, 1, last),
    ]);
    expect(drain(buffer, 'live')).toEqual(range(2, last + 1, 30));
  });

  it('leaves what is under way alone', () => {
    const buffer = openBuffer(quotas);
    pushMany(buffer, 'live', 7, long);
    const taken = buffer.take('live', 2);
    const dropped = pushMany(buffer, 'live', 20, long);
    expect(dropped[0]).toEqual({ stream: 'live', boot: 1, from: 6, to: 10, count: 5 });
    for (const frame of taken) buffer.acknowledged(frame);
    const last = dropped.at(-1)?.to ?? 0;
    expect(drain(buffer, 'live')).toEqual([...range(1, 3, 5), ...range(1, last + 1, 27)]);
  });
});

describe('the end of the process', () => {
  it('loses nothing that was stored when the process is killed (SIGKILL) while storing', async () => {
    const work = mkdtempSync(join(tmpdir(), 'quaywatch-pusher-'));
    try {
      symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
      writeFileSync(
        join(work, 'pusher.ts'),
        `import { FrameBuffer } from ${JSON.stringify(fileURLToPath(new URL('./frame-buffer.ts', import.meta.url)))};
         import { writeSync } from 'node:fs';
         const buffer = new FrameBuffer(process.argv[2] as string);
         for (;;) {
           const seq = buffer.nextSeq('event');
           buffer.push({ stream: 'event', boot: buffer.boot, seq, tsDev: seq, body: 'x'.repeat(2000) } as never);
           writeSync(1, seq + '\\n');
         }`,
      );
      const program = join(work, 'pusher.mjs');
      const node = [process.execPath, { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } }] as const;
      execFileSync(node[0], ['tools/build.mjs', '--file', join(work, 'pusher.ts'), program], node[1]);
      let stored = 0;
      for (const enough of [400, 50, 1]) {
        const child = spawn(node[0], [program, folder], { ...node[1], stdio: ['ignore', 'pipe', 'inherit'] });
        const ended = once(child, 'close');
        const lines = createInterface(child.stdout);
        const closed = once(lines, 'close');
        let reported = 0;
        lines.on('line', (line) => {
          reported = Number(line);
          if (reported >= enough) child.kill('SIGKILL');
        });
        const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
        await ended;
        await closed;
        clearTimeout(timer);
        expect(child.signalCode).toBe('SIGKILL');
        expect(reported).toBeGreaterThanOrEqual(enough);
        stored += reported;
      }
      const buffer = openBuffer();
      expect(buffer.boot).toBe(4);
      const kept = drain(buffer, 'event');
      const perBoot = [1, 2, 3].map((boot) => kept.filter((name) => name.startsWith(`${boot}.`)));
      // In order and without a hole; at most the one frame of each boot whose storing was not yet reported is more.
      expect(kept).toEqual(perBoot.flatMap((list, i) => range(i + 1, 1, list.length)));
      expect(kept.length).toBeGreaterThanOrEqual(stored);
      expect(kept.length).toBeLessThanOrEqual(stored + 3);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    expect(existsSync(work)).toBe(false);
  }, 30_000);
});

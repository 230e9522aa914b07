import { describe, expect, it } from '@jest/globals';
import { SequenceWindow } from '@quaywatch/domain/telemetry';
import type { FrameName } from './frame-name';
import type { Settled } from './group-commit';
import { WindowBook, type StoredWindow } from './window-book';

const frame = (seq: number, boot = 1) => ({ btu: 'B1', boot, stream: 'live', seq });
const table = (...seen: number[]): StoredWindow[] => {
  const window = SequenceWindow.empty();
  for (const n of seen) window.add(n);
  return seen.length === 0 ? [] : [{ boot: '1', stream: 'live', seen: window.toText() }];
};

/** A log whose appends the test settles. */
class Slow {
  readonly calls: { resolve: () => void; reject: (error: Error) => void }[] = [];
  append = (settled: Settled): void =>
    void this.calls.push({ resolve: () => settled(), reject: (error) => settled(error) });
}

const once = (book: WindowBook, { btu, boot, stream, seq }: FrameName, key: string, log: Slow): Promise<void> =>
  new Promise((resolve, reject) => {
    const done: Settled = (error) => (error === undefined ? resolve() : reject(error as Error));
    const underWay = book.begin(btu, boot, stream, seq, done);
    if (underWay) log.append((error) => underWay.end(key, error));
  });

describe('WindowBook', () => {
  it('starts the append before it returns, and a duplicate waits for the first copy', async () => {
    const book = new WindowBook();
    const log = new Slow();
    book.load('B1', table(), []);
    const first = once(book, frame(1), 'S1', log);
    const second = once(book, frame(1), 'S1', log);
    expect(log.calls).toHaveLength(1);
    let told = false;
    void second.then(() => (told = true));
    await Promise.resolve();
    expect(told).toBe(false);
    log.calls[0]?.resolve();
    await Promise.all([first, second]);
    await once(book, frame(1), 'S1', log);
    expect(log.calls).toHaveLength(1);
  });

  it('knows a frame that is under way whatever came before and after it', async () => {
    const book = new WindowBook();
    const log = new Slow();
    book.load('B1', table(), []);
    for (const seq of [5, 3, 4, 9]) void once(book, frame(seq), 'S1', log);
    for (const seq of [5, 3, 4, 9]) void once(book, frame(seq), 'S1', log);
    expect(log.calls).toHaveLength(4);
    log.calls[2]?.resolve();
    log.calls[0]?.resolve();
    for (const seq of [3, 4, 5, 9]) void once(book, frame(seq), 'S1', log);
    expect(log.calls).toHaveLength(4);
    void once(book, frame(6), 'S1', log);
    expect(log.calls).toHaveLength(5);
  });

  it('knows what the table knew, boot by boot', async () => {
    const book = new WindowBook();
    const log = new Slow();
    book.load('B1', table(1, 2, 3), []);
    await once(book, frame(2), 'S1', log);
    expect(log.calls).toHaveLength(0);
    void once(book, frame(2, 2), 'S1', log);
    expect(log.calls).toHaveLength(1);
  });

  it('takes nothing of a device that it has not loaded', async () => {
    const log = new Slow();
    await expect(once(new WindowBook(), frame(1), 'S1', log)).rejects.toMatchObject({ code: 'DEVICE_IN_DOUBT' });
    expect(log.calls).toHaveLength(0);
  });

  it('takes nothing more after a failed append, until the view has told what became of it', async () => {
    const book = new WindowBook();
    const log = new Slow();
    book.load('B1', table(), []);
    const lost = once(book, frame(1), 'S1', log);
    const twin = once(book, frame(1), 'S1', log);
    const other = once(book, frame(2), 'S2', log);
    log.calls[0]?.reject(new Error('LOG_UNAVAILABLE'));
    await expect(lost).rejects.toThrow();
    await expect(twin).rejects.toThrow();
    expect(book.ready('B1')).toBe(false);
    expect(book.doubts('B1')).toEqual(['S1']);
    await expect(once(book, frame(3), 'S1', log)).rejects.toMatchObject({ code: 'DEVICE_IN_DOUBT' });

    let quiet = false;
    const waiting = book.quiet('B1').then(() => (quiet = true));
    await Promise.resolve();
    expect(quiet).toBe(false);
    log.calls[1]?.resolve();
    await other;
    await waiting;
    // It was stored after all.
    book.load('B1', table(1, 2), []);
    expect(book.ready('B1')).toBe(true);
    await once(book, frame(1), 'S1', log);
    expect(log.calls).toHaveLength(2);
    void once(book, frame(3), 'S1', log);
    expect(log.calls).toHaveLength(3);
  });
});

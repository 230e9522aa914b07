import { describe, expect, it } from '@jest/globals';
import { SequenceWindow } from '@quaywatch/domain/telemetry';
import type { Queryable } from '@quaywatch/ports';
import { WindowBook } from './window-book';

const frame = (seq: number, boot = 1) => ({ btu: 'B1', boot, stream: 'live', seq });
const table = (...seen: number[]): Queryable => {
  const window = SequenceWindow.empty();
  for (const n of seen) window.add(n);
  const rows = seen.length === 0 ? [] : [{ boot: '1', stream: 'live', seen: window.toText() }];
  return { query: <T>() => Promise.resolve(rows as T[]) };
};

/** A log whose appends the test settles. */
class Slow {
  readonly calls: { resolve: () => void; reject: (error: Error) => void }[] = [];
  append = (): Promise<void> => new Promise((resolve, reject) => this.calls.push({ resolve, reject }));
}

describe('WindowBook', () => {
  it('starts the append before it returns, and a duplicate waits for the first copy', async () => {
    const book = new WindowBook();
    const log = new Slow();
    await book.load(table(), 'B1', []);
    const first = book.once(frame(1), 'S1', log.append);
    const second = book.once(frame(1), 'S1', log.append);
    expect(log.calls).toHaveLength(1);
    let told = false;
    void second.then(() => (told = true));
    await Promise.resolve();
    expect(told).toBe(false);
    log.calls[0]?.resolve();
    expect([await first, await second]).toEqual(['appended', 'duplicate']);
    expect(await book.once(frame(1), 'S1', log.append)).toBe('duplicate');
    expect(log.calls).toHaveLength(1);
  });

  it('knows what the table knew, boot by boot', async () => {
    const book = new WindowBook();
    const log = new Slow();
    await book.load(table(1, 2, 3), 'B1', []);
    expect(await book.once(frame(2), 'S1', log.append)).toBe('duplicate');
    void book.once(frame(2, 2), 'S1', log.append);
    expect(log.calls).toHaveLength(1);
  });

  it('takes nothing of a device that it has not loaded', async () => {
    const log = new Slow();
    await expect(new WindowBook().once(frame(1), 'S1', log.append)).rejects.toMatchObject({ code: 'DEVICE_IN_DOUBT' });
    expect(log.calls).toHaveLength(0);
  });

  it('takes nothing more after a failed append, until the view has told what became of it', async () => {
    const book = new WindowBook();
    const log = new Slow();
    await book.load(table(), 'B1', []);
    const lost = book.once(frame(1), 'S1', log.append);
    const twin = book.once(frame(1), 'S1', log.append);
    const other = book.once(frame(2), 'S2', log.append);
    log.calls[0]?.reject(new Error('LOG_UNAVAILABLE'));
    await expect(lost).rejects.toThrow();
    await expect(twin).rejects.toThrow();
    expect(book.ready('B1')).toBe(false);
    expect(book.doubts('B1')).toEqual(['S1']);
    await expect(book.once(frame(3), 'S1', log.append)).rejects.toMatchObject({ code: 'DEVICE_IN_DOUBT' });

    let quiet = false;
    const waiting = book.quiet('B1').then(() => (quiet = true));
    await Promise.resolve();
    expect(quiet).toBe(false);
    log.calls[1]?.resolve();
    await other;
    await waiting;
    // It was stored after all.
    await book.load(table(1, 2), 'B1', []);
    expect(book.ready('B1')).toBe(true);
    expect(await book.once(frame(1), 'S1', log.append)).toBe('duplicate');
    void book.once(frame(3), 'S1', log.append);
    expect(log.calls).toHaveLength(3);
  });
});

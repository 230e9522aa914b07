import type { DeviceStream } from '@quaywatch/contracts';
import { SequenceWindow } from '@quaywatch/domain/telemetry';
import type { Queryable } from '@quaywatch/ports';

/** A stream of a device within one boot: what sequence numbers count in. */
export const streamKey = (btu: string, boot: number, stream: string): string => `${btu} ${boot} ${stream}`;

interface Entry {
  readonly window: SequenceWindow;
  /** Appends under way, by sequence number. */
  readonly pending: Map<number, Promise<void>>;
}

/**
 * Which frames are in the log, so that a frame sent again is stored once. Filled from the table that is a view of the
 * log itself, at the start; from then on this process is the only writer and the book is the authority.
 */
export class WindowBook {
  private readonly entries = new Map<string, Entry>();

  /** Loads every window of the table; at the start, when the view has reached the end of the log. */
  async load(q: Queryable): Promise<void> {
    const rows = await q.query<{ btu: string; boot: string; stream: DeviceStream; seen: string }>(
      'select btu, boot, stream, seen from sequence_window',
    );
    for (const row of rows) {
      const key = streamKey(row.btu, Number(row.boot), row.stream);
      this.entries.set(key, { window: SequenceWindow.fromText(row.seen), pending: new Map() });
    }
  }

  /**
   * Appends a frame once: `append` is called synchronously, unless the frame is in the log (resolves at once) or on its
   * way there (resolves or rejects with it). After a failed append the number is free again.
   */
  once(key: string, seq: number, append: () => Promise<void>): Promise<'appended' | 'duplicate'> {
    const entry = this.entry(key);
    const underWay = entry.pending.get(seq);
    if (underWay) return underWay.then(() => 'duplicate' as const);
    if (!entry.window.add(seq)) return Promise.resolve('duplicate');
    const appended = append().then(
      () => {
        entry.pending.delete(seq);
      },
      (error: unknown) => {
        entry.pending.delete(seq);
        entry.window.remove(seq);
        throw error;
      },
    );
    entry.pending.set(seq, appended);
    return appended.then(() => 'appended' as const);
  }

  private entry(key: string): Entry {
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { window: SequenceWindow.empty(), pending: new Map() };
      this.entries.set(key, entry);
    }
    return entry;
  }
}

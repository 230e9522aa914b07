import { burstChunk, type BurstChunk } from '@quaywatch/contracts';
import { days, type Duration } from '@quaywatch/kernel';
import type { Clock, EventLog, ObjectStore, ViewStore } from '@quaywatch/ports';
import { createHash } from 'node:crypto';
import { findDevice, spreaderAt, type Device } from './registry';

/** What the desk works with. */
export interface BurstParts {
  readonly store: ViewStore;
  readonly log: EventLog;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  /** How long a burst may wait for its next chunk, ms. */
  readonly patience: Duration;
}

type Head = Omit<BurstChunk, 'n' | 'data'>;

interface UploadRow extends Record<string, unknown> {
  org: string;
  btu: string;
  id: string;
  head: Head;
  have: number[];
  done: boolean;
}

/** Most bursts of a device that are not whole yet; the one that waits longest goes for a further one. */
const mostOpen = 4;

/**
 * Puts bursts together: each chunk is in the object store before it is acknowledged, whichever process it came to. What
 * is whole and has its hash becomes one object, and an event says where it is; what never gets whole is said as well.
 */
export class BurstDesk {
  constructor(private readonly parts: BurstParts) {}

  /** Takes a chunk; undefined when it cannot be read, else resolves when it is kept. */
  take(device: Device, payload: unknown): Promise<void> | undefined {
    const parsed = burstChunk.safeParse(payload);
    return parsed.success && parsed.data.n < parsed.data.of ? this.keep(device, parsed.data) : undefined;
  }

  /** Gives up on bursts that have waited too long for a chunk, and forgets whole ones after a day. */
  async look(): Promise<void> {
    const now = this.parts.clock.now();
    const late = await this.parts.store.transact(async (tx) => {
      await tx.query('delete from burst_upload where done and last_at < $1', [now - days(1)]);
      return tx.query<UploadRow>('select * from burst_upload where not done and last_at < $1 limit 100', [
        now - this.parts.patience,
      ]);
    });
    for (const row of late) {
      const device = await findDevice(this.parts.store, row.btu);
      if (device?.org === row.org) await this.lose(device, row, 'incomplete');
    }
  }

  private async keep(device: Device, { n, data, ...head }: BurstChunk): Promise<void> {
    const { store, objects, clock } = this.parts;
    const { org, btu } = device;
    const bytes = Buffer.from(data, 'base64');
    await objects.put(chunkKey(org, btu, head.id, n), bytes);
    const [row, displaced] = await store.transact(async (tx) => {
      const [kept] = await tx.query<UploadRow>(
        `insert into burst_upload as b (org, btu, id, head, have, last_at) values ($1, $2, $3, $4, array[$5::int], $6)
         on conflict (org, btu, id) do update set last_at = case when b.done then b.last_at else $6 end,
           have = case when $5 = any(b.have) then b.have else b.have || $5::int end
         returning *`,
        [org, btu, head.id, JSON.stringify(head), n, clock.now()],
      );
      const open = await tx.query<UploadRow>(
        'select * from burst_upload where org = $1 and btu = $2 and not done and id <> $3 order by last_at desc',
        [org, btu, head.id],
      );
      return [kept as UploadRow, open.slice(mostOpen - 1)] as const;
    });
    for (const other of displaced) await this.lose(device, other, 'displaced by a later one');
    if (row.done) return objects.remove(chunkKey(org, btu, head.id, n));
    if (row.have.length === row.head.of) await this.finish(device, row);
  }

  /** Everything that is done here twice comes to the same: the objects, and the id of the event. */
  private async finish(device: Device, row: UploadRow): Promise<void> {
    const { objects } = this.parts;
    const { org, btu } = device;
    const parts = await Promise.all(
      Array.from({ length: row.head.of }, (_, n) => objects.get(chunkKey(org, btu, row.id, n))),
    );
    if (parts.some((part) => part === undefined)) return this.lose(device, row, 'a chunk is not in the object store');
    const whole = Buffer.concat(parts as Uint8Array[]);
    const { sha256, samples } = row.head;
    if (whole.length !== samples * 4 || createHash('sha256').update(whole).digest('hex') !== sha256)
      return this.lose(device, row, 'it is not what the device recorded');
    const object = `bursts/${org}/${btu}/${row.id}.f32`;
    await objects.put(object, whole);
    await this.say(device, row, 'burst-received', { sha256, object });
    await this.end(row);
  }

  private async lose(device: Device, row: UploadRow, reason: string): Promise<void> {
    const missing = Array.from({ length: row.head.of }, (_, n) => n).filter((n) => !row.have.includes(n));
    await this.say(device, row, 'burst-lost', { missing, reason });
    await this.end(row);
  }

  private say(device: Device, { head }: UploadRow, type: string, more: object): Promise<void> {
    const { id, signal, trigger, command, startAt, rate, samples } = head;
    const { org, btu } = device;
    const time = this.parts.clock.now();
    const spreader = spreaderAt(device, Math.min(startAt, time));
    const data = { btu, spreader, burst: id, signal, trigger, command, startAt, rate, samples, ...more };
    const event = {
      id: `evt_${type}.${btu}.${id}`,
      type,
      v: 1,
      source: 'ingest',
      org,
      key: spreader ?? btu,
      time,
      data,
    };
    return this.parts.log.append('da.telemetry', [{ event }]);
  }

  private async end({ org, btu, id, head }: UploadRow): Promise<void> {
    const { store, objects } = this.parts;
    await store.transact((tx) =>
      tx.query('update burst_upload set done = true where org = $1 and btu = $2 and id = $3', [org, btu, id]),
    );
    await Promise.all(Array.from({ length: head.of }, (_, n) => objects.remove(chunkKey(org, btu, id, n))));
  }
}

const chunkKey = (org: string, btu: string, id: string, n: number): string => `burst-chunks/${org}/${btu}/${id}/${n}`;

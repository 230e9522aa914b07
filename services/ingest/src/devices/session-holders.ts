import { Fault, seconds, type Duration } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import { Together } from './together';

const lease: Duration = seconds(6);
const patience: Duration = seconds(10);
const again: Duration = 50;

interface Held {
  readonly holder: string;
  readonly last: string;
}
type Act = 'hold' | 'known' | 'release';

/**
 * Which process holds which device. Of several behind one address each asks here before it lets a device in: the one
 * that holds it cuts its older session first, a dead one is passed over when its lease is over. So no two take frames
 * of one device at a time, and its numbers stay known.
 */
export class SessionHolders {
  /** Sessions that were let in and have not ended, by device. */
  private readonly held = new Map<string, number>();
  private beatAt = 0;
  /** All in one line, so that a device that goes and comes again is let go of first. */
  private readonly acts: Together<Held>;

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    /** Name of this process; the same after a restart, and never that of two at a time. */
    private readonly name: string,
  ) {
    this.acts = new Together(clock, (acts) => store.transact((tx) => this.doAll(tx, acts)));
  }

  /** Begins: what an earlier life of this process held is free. */
  async begin(): Promise<void> {
    await this.beat();
    await this.store.transact((tx) =>
      tx.query('update session_holder set holder = null, wanted_by = null where holder = $1', [this.name]),
    );
  }

  /**
   * Says that this process lives, and how many devices of each organisation it serves; how many all others that live
   * serve.
   */
  async beat(devices: ReadonlyMap<string, number> = new Map()): Promise<ReadonlyMap<string, number>> {
    const now = this.clock.now();
    const rows = await this.store.transact(async (tx) => {
      await tx.query(
        `insert into ingest_process (name, beat_at, devices) values ($1, $2, $3)
         on conflict (name) do update set beat_at = $2, devices = $3`,
        [this.name, now, JSON.stringify(Object.fromEntries(devices))],
      );
      return tx.query<{ org: string; devices: number }>(
        `select org, sum(count::int)::int as devices from ingest_process, jsonb_each_text(devices) as each(org, count)
         where name <> $1 and beat_at > $2 group by org`,
        [this.name, now - lease],
      );
    });
    this.beatAt = now;
    return new Map(rows.map((row) => [row.org, row.devices]));
  }

  /**
   * Holds a device, as soon as no other process does; true when another one held it last. Rejects with a retryable Fault
   * `DEVICE_HELD` when that one does not let go of it.
   */
  async hold(btu: string): Promise<boolean> {
    this.held.set(btu, (this.held.get(btu) ?? 0) + 1);
    try {
      return await this.waitFor(btu);
    } catch (error) {
      this.drop(btu);
      throw error;
    }
  }

  /** From now on what is stored of a device is known here. */
  async known(btu: string): Promise<void> {
    await this.act('known', btu);
  }

  /** A session has ended, or never began; the device is free when it was the last one here. */
  async release(btu: string): Promise<void> {
    if (this.drop(btu) === 0) await this.act('release', btu);
  }

  /** Devices held here that came to another process. */
  async wanted(): Promise<string[]> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ btu: string }>('select btu from session_holder where holder = $1 and wanted_by is not null', [
        this.name,
      ]),
    );
    return rows.map(({ btu }) => btu);
  }

  /** Of the devices that are connected here, those which another process took over while this one was thought dead. */
  async lost(connected: readonly string[]): Promise<string[]> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ btu: string }>('select btu from session_holder where btu = any($1) and holder is distinct from $2', [
        connected,
        this.name,
      ]),
    );
    return rows.map(({ btu }) => btu);
  }

  /**
   * Devices of processes that died, now free, each told to one process only. None while this process may itself be
   * thought dead: after an outage of the store all are, for a moment.
   */
  async orphans(): Promise<string[]> {
    const now = this.clock.now();
    if (now - this.beatAt > lease / 2) return [];
    const rows = await this.store.transact((tx) =>
      tx.query<{ btu: string }>(
        `update session_holder s set holder = null, wanted_by = null
         where s.holder is not null and s.holder <> $1
           and not exists (select from ingest_process p where p.name = s.holder and p.beat_at > $2)
         returning btu`,
        [this.name, now - lease],
      ),
    );
    return rows.map(({ btu }) => btu);
  }

  /** Which of these devices another living process holds. */
  async elsewhere(btus: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ btu: string }>(
        `select s.btu from session_holder s join ingest_process p on p.name = s.holder
         where s.btu = any($1) and s.holder <> $2 and p.beat_at > $3`,
        [btus, this.name, this.clock.now() - lease],
      ),
    );
    return new Set(rows.map(({ btu }) => btu));
  }

  /** Ends: what is held here is free at once. */
  async end(): Promise<void> {
    await this.store.transact(async (tx) => {
      await tx.query('update session_holder set holder = null, wanted_by = null where holder = $1', [this.name]);
      await tx.query('delete from ingest_process where name = $1', [this.name]);
    });
  }

  private async waitFor(btu: string): Promise<boolean> {
    const end = this.clock.now() + patience;
    for (;;) {
      const row = await this.act('hold', btu);
      if (row?.holder === this.name) return row.last !== this.name;
      if (this.clock.now() > end)
        throw new Fault('DEVICE_HELD', `${btu} is held by ${row?.holder ?? 'another process'}`, { retryable: true });
      await new Promise<void>((resolve) => void this.clock.after(again, resolve));
    }
  }

  private act(act: Act, btu: string): Promise<Held | undefined> {
    return this.acts.one(`${act} ${btu}`);
  }

  private async doAll(tx: Queryable, acts: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    // Always in the same order, so that two processes do not wait for each other crosswise.
    const of = (act: Act): string[] =>
      acts
        .filter((one) => one.startsWith(`${act} `))
        .map((one) => one.slice(act.length + 1))
        .sort();
    const [released, held, known] = [of('release'), of('hold'), of('known')];
    if (released.length > 0)
      await tx.query(
        `update session_holder s set holder = null, wanted_by = null
         from (select btu from session_holder where btu = any($1) and holder = $2 order by btu for update) as mine
         where s.btu = mine.btu`,
        [released, this.name],
      );
    if (known.length > 0)
      await tx.query('update session_holder set last = $2 where btu = any($1) and holder = $2', [known, this.name]);
    if (held.length === 0) return new Map();
    const rows = await tx.query<{ btu: string; holder: string; last: string }>(
      `insert into session_holder as s (btu, holder, last) select btu, $2, $2 from unnest($1::text[]) as u(btu)
       on conflict (btu) do update set
         holder = case when ${free} then $2 else s.holder end,
         wanted_by = case when ${free} then null else $2 end
       returning btu, holder, last`,
      [held, this.name, this.clock.now() - lease],
    );
    return new Map(rows.map((row) => [`hold ${row.btu}`, row]));
  }

  private drop(btu: string): number {
    const left = (this.held.get(btu) ?? 1) - 1;
    if (left > 0) this.held.set(btu, left);
    else this.held.delete(btu);
    return left;
  }
}

const free = `(s.holder is null or s.holder = $2
  or not exists (select from ingest_process p where p.name = s.holder and p.beat_at > $3))`;

import { between, type RecordText } from './read-records';

/** A row that this process appended. */
interface OwnRow {
  readonly count: number;
  /** Its events, with U+001E between them, UTF-8. */
  readonly bytes: Buffer;
  readonly storedAt: number;
}

/** A row is at hand for this long, ms: much longer than a reader that keeps up needs, much shorter than any record is kept. */
const keptFor = 10_000;

/**
 * The last rows that this process appended: its own readers mostly want just these, and need not ask the database for what
 * is still in hand. Holds committed rows only, up to `limit` bytes and for ten seconds, the oldest go first.
 */
export class OwnTail {
  /** Oldest first. */
  private readonly rows: KeptRow[] = [];
  /** The same by topic and partition. Arrays: what comes and goes in a Map makes table after table, each held by the last. */
  private readonly lanes = new Map<string, KeptRow[]>();
  private held = 0;

  /** `now` is a steady clock, ms. */
  constructor(
    private readonly limit: number,
    private readonly now: () => number,
  ) {}

  keep(topic: string, partition: number, offset: number, { count, bytes, storedAt }: OwnRow): void {
    const lane = this.laneOf(topic, partition);
    const now = this.now();
    const row = { count, bytes, storedAt, offset, lane, keptAt: now };
    lane.push(row);
    this.rows.push(row);
    this.held += bytes.length;
    let gone = 0;
    for (const old of this.rows) {
      if (this.held <= this.limit && now - old.keptAt < keptFor) break;
      // The oldest of all is the first of its lane.
      old.lane.shift();
      this.held -= old.bytes.length;
      gone++;
    }
    this.rows.splice(0, gone);
  }

  /** Records from offset `from` on, in order: whole rows, so some more than `most`; none when the row that begins there is not held. */
  read(topic: string, partition: number, from: number, most: number): RecordText[] {
    const records: RecordText[] = [];
    const lane = this.laneOf(topic, partition);
    const first = lane.findIndex(({ offset }) => offset === from);
    if (first < 0) return records;
    let next = from;
    for (let i = first; i < lane.length && records.length < most; i++) {
      const { offset, count, bytes, storedAt, keptAt } = lane[i] as KeptRow;
      // Another process may have appended in between.
      if (offset !== next || this.now() - keptAt >= keptFor) break;
      const text = bytes.toString('utf8');
      for (const event of count === 1 ? [text] : text.split(between))
        records.push({ offset: next++, text: event, outbox: undefined, storedAt });
    }
    return records;
  }

  private laneOf(topic: string, partition: number): KeptRow[] {
    const name = `${topic} ${partition}`;
    let lane = this.lanes.get(name);
    if (!lane) this.lanes.set(name, (lane = []));
    return lane;
  }
}

interface KeptRow extends OwnRow {
  readonly offset: number;
  readonly lane: KeptRow[];
  readonly keptAt: number;
}

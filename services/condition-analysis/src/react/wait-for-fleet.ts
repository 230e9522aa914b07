import type { EventLog, Queryable } from '@quaywatch/ports';

/** Longest time that data wait for the fleet, ms. */
const patience = 20_000;
/** Most spreaders that are remembered to be missing. */
const most = 10_000;

/**
 * Says whether data must wait because the fleet's view is not as far as the fleet's log and does not know a spreader
 * yet: its type, model and terminal decide by which settings it is judged, so that a rebuild says the same whichever
 * view is quicker. A spreader that nobody ever told of does not wait for long.
 */
export class WaitForFleet {
  private readonly since = new Map<string, number>();

  constructor(
    private readonly log: Pick<EventLog, 'endOffsets'>,
    private readonly now: () => number,
  ) {}

  async isBehind(q: Queryable, spreaders: readonly string[]): Promise<boolean> {
    const now = this.now();
    const unsure = spreaders.filter((spreader) => now - (this.since.get(spreader) ?? now) <= patience);
    if (unsure.length === 0) return false;
    const rows = await q.query<{ spreader: string }>('select spreader from fleet_spreader where spreader = any($1)', [
      unsure,
    ]);
    const known = new Set(rows.map(({ spreader }) => spreader));
    const missing = unsure.filter((spreader) => !known.has(spreader));
    for (const spreader of missing) {
      if (!this.since.has(spreader)) this.since.set(spreader, now);
      if (this.since.size > most) this.since.delete(this.since.keys().next().value ?? '');
    }
    return missing.length > 0 && (await this.viewIsBehind(q));
  }

  private async viewIsBehind(q: Queryable): Promise<boolean> {
    const positions = await q.query<{ partition: number; next: string }>(
      `select partition, next from consumer_position where consumer = 'condition-fleet' and topic = 'fleet'`,
    );
    const next = new Map(positions.map((row) => [row.partition, Number(row.next)]));
    return (await this.log.endOffsets('fleet')).some((end, partition) => end > (next.get(partition) ?? 0));
  }
}

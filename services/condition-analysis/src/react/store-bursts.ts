import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

/** Notes the bursts of bound spreaders, whole or lost, so that a replay can show when they were; the last word counts. */
export async function storeBursts(q: Queryable, batch: readonly EventEnvelope[]): Promise<void> {
  for (const event of batch) {
    const lost = isEvent(event, events.burstLost);
    if (!lost && !isEvent(event, events.burstReceived)) continue;
    const { spreader, btu, burst, signal, trigger, startAt, rate, samples } = event.data;
    if (spreader === null) continue;
    await q.query(
      `insert into burst (org, spreader, btu, burst, signal, trigger, from_at, to_at, rate, samples, lost)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       on conflict (btu, burst) do update set lost = excluded.lost`,
      [
        event.org,
        ...[spreader, btu, burst, signal, trigger],
        ...[startAt, startAt + (1000 * samples) / rate, rate, samples, lost],
      ],
    );
  }
}

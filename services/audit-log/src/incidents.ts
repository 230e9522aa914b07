import { eventCatalogue, type EventEnvelope } from '@quaywatch/contracts';
import {
  decideIncident,
  evolveIncident,
  noIncident,
  type Incident,
  type IncidentCommand,
} from '@quaywatch/domain/audit';
import { Fault, keyId, type Decision, type Instant } from '@quaywatch/kernel';
import type { NewFact, Queryable, StoreTransaction } from '@quaywatch/ports';

/** The incident as its facts tell it, and how many there are. */
export async function readIncident(
  tx: StoreTransaction,
  id: string,
): Promise<{ readonly incident: Incident; readonly revision: number }> {
  const past = await tx.facts.read(`incident-${id}`);
  return { incident: past.reduce<Incident>(evolveIncident, noIncident), revision: past.at(-1)?.revision ?? 0 };
}

/** Decides a command on an incident and records what follows from it, in log and view. */
export async function commandIncident(
  tx: StoreTransaction,
  org: string,
  at: Instant,
  command: IncidentCommand,
  cause?: string,
): Promise<Decision<void>> {
  const id = command.incident;
  const { incident, revision } = await readIncident(tx, id);
  const decision = decideIncident(incident, command);
  if (!decision.ok) return decision;
  for (const [i, { type, data }] of decision.value.entries()) {
    const fact: NewFact = {
      // Follows from incident and revision, so that a repeated decision is the same fact.
      id: keyId('event', id, revision + 1 + i),
      type,
      v: eventCatalogue.get(type)?.versions.length ?? 1,
      org,
      key: id,
      time: at,
      ...(cause === undefined ? {} : { causationId: cause, correlationId: cause }),
      data,
    };
    const outcome = await tx.facts.append(`incident-${id}`, revision + i, [fact]);
    if (outcome.kind === 'conflict')
      throw new Fault('INCIDENT_CHANGED', `${id} was changed at the same time`, { retryable: true });
    await applyIncidentFact(tx, { ...fact, source: 'audit-log' });
  }
  return { ok: true, value: undefined };
}

/** Puts a fact of an incident into the view; one that is there already changes nothing. */
export async function applyIncidentFact(tx: Queryable, { type, org, time, data }: EventEnvelope): Promise<void> {
  const d = data as Record<string, unknown>;
  switch (type) {
    case 'incident-opened':
      await tx.query(
        `insert into incident (org, incident, state, source, rule, title, description, level, about, count, first_at,
           last_at, opened_at, reported_by)
         values ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (incident) do nothing`,
        [
          ...[org, d['incident'], d['source'], d['rule'], d['title'], d['description'], d['level'], d['about']],
          ...[d['count'], d['firstAt'], d['lastAt'], time, d['by']],
        ],
      );
      return;
    case 'incident-seen-again':
      await tx.query(
        'update incident set count = greatest(count, $2), last_at = greatest(last_at, $3) where incident = $1',
        [...[d['incident'], d['count'], d['lastAt']]],
      );
      return;
    case 'incident-assessed':
      await tx.query(
        `update incident set state = case when state = 'closed' then state else 'assessed' end, people_at_risk = $2,
           level = $3, vector = $4, scope = $5, assessed_by = $6, assessed_at = $7
         where incident = $1 and (assessed_at is null or assessed_at <= $7)`,
        [d['incident'], d['peopleAtRisk'], d['level'], d['vector'], d['scope'], d['by'], time],
      );
      return;
    case 'incident-closed':
      await tx.query(
        `update incident set state = 'closed', outcome = $2, closing_reason = $3, closed_by = $4, closed_at = $5
         where incident = $1`,
        [d['incident'], d['outcome'], d['reason'], d['by'], time],
      );
  }
}

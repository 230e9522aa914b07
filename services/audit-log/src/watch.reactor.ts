import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type AuditEntry, type EventEnvelope } from '@quaywatch/contracts';
import { rulesWith, tally, type Tally, type WatchRule } from '@quaywatch/domain/audit';
import { done, keyId, type Outcome } from '@quaywatch/kernel';
import type { StoreTransaction } from '@quaywatch/ports';
import { CONFIG, OnEvents, type EventBatch } from '@quaywatch/runtime';
import type { AuditLogConfig } from './config';
import { applyIncidentFact, commandIncident, readIncident } from './incidents';

/** Looks at every audit entry by the rules of domain/audit and opens an incident where they say so. */
@Controller()
export class WatchReactor {
  private readonly rules: readonly WatchRule[];

  constructor(@Inject(CONFIG) config: AuditLogConfig) {
    this.rules = rulesWith(config.WATCH_LIMITS);
  }

  @OnEvents('watch', 'audit')
  async onAudit(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (!isEvent(event, events.auditRecorded)) continue;
      for (const rule of this.rules) {
        const about = rule.about(event.data);
        if (about !== null) await this.count(tx, event, rule, about.replaceAll('\u0000', ''));
      }
    }
    return done;
  }

  /** Keeps the view of incidents, also when it is built anew. */
  @OnEvents('incidents', 'incidents')
  async onIncidents(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) await applyIncidentFact(tx, event);
    return done;
  }

  private async count(
    tx: StoreTransaction,
    { id, org, data: { at } }: EventEnvelope<AuditEntry>,
    rule: WatchRule,
    about: string,
  ): Promise<void> {
    const key = [org, rule.id, about];
    const [row] = await tx.query<{ started_at: number; count: number; incident: string | null }>(
      'select started_at, count, incident from watch_tally where organisation = $1 and rule = $2 and about = $3',
      key,
    );
    const before: Tally | undefined = row && { startedAt: row.started_at, count: row.count };
    const now = tally(before, rule, at);
    const open = now.due && row?.incident ? await stillOpen(tx, row.incident) : row?.incident;
    const incident = now.due ? (open ?? keyId('incident', id, rule.id)) : (open ?? null);
    await tx.query(
      `insert into watch_tally (organisation, rule, about, started_at, count, incident) values ($1, $2, $3, $4, $5, $6)
       on conflict (organisation, rule, about) do update set started_at = $4, count = $5, incident = $6`,
      [...key, now.startedAt, now.count, incident],
    );
    if (!now.due || incident === null) return;
    if (open) {
      const { incident: known } = await readIncident(tx, open);
      const count = Math.max(known.count + 1, now.count);
      await commandIncident(tx, org, at, { kind: 'see-again', incident, count, lastAt: at }, id);
      return;
    }
    const many = rule.count === 1 ? '' : `${now.count} entries of the audit trail in ${minutesOf(rule)}: `;
    await commandIncident(
      tx,
      org,
      at,
      {
        kind: 'open',
        ...{ incident, source: 'monitoring', rule: rule.id, title: rule.title, level: rule.level, about },
        description: `${many}${about}. Audit entry ${id}.`,
        ...{ count: now.count, firstAt: now.startedAt, lastAt: at, by: null },
      },
      id,
    );
  }
}

const minutesOf = ({ within }: WatchRule): string => `${Math.round(within / 60_000)} minutes`;

async function stillOpen(tx: StoreTransaction, id: string): Promise<string | null> {
  const { incident } = await readIncident(tx, id);
  return incident.state === 'closed' ? null : id;
}

import { eventCatalogue, type EventEnvelope, type WebhookFormat } from '@quaywatch/contracts';
import {
  decideAlarm,
  evolveAlarm,
  notificationOf,
  type Alarm,
  type AlarmCommand,
  type AlarmFact,
  type AlarmSubject,
} from '@quaywatch/domain/alerts';
import { Fault, keyId, type Decision, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock, NewFact, StoreTransaction } from '@quaywatch/ports';
import { webhookPayload } from './webhook-payload';
import { whereaboutsOf } from './whereabouts';

/** What an alarm is about; at most one occurrence of it is open at a time. */
export interface AlarmKey {
  readonly spreader: string;
  readonly component: string;
  readonly code: string;
}

/** The event or organisation on whose behalf something happens. */
export type Cause = Pick<EventEnvelope, 'org'> & Partial<Pick<EventEnvelope, 'id' | 'correlationId' | 'traceparent'>>;

/** Details of a new alarm besides its key. */
export type Raise = Omit<AlarmSubject, 'alarm' | 'late' | keyof AlarmKey>;

/** An alarm with its revision. */
export interface Stored {
  readonly alarm: Alarm;
  readonly org: string;
  readonly revision: number;
}

/** Applies commands to alarms in a transaction: facts, and the notifications that follow from them. */
export class AlarmDesk {
  constructor(
    private readonly clock: Clock,
    private readonly lateAfter: Duration,
  ) {}

  /** Raises the alarm of `key`, or the next occurrence of it when the last one is over. */
  async raise(tx: StoreTransaction, cause: Cause, key: AlarmKey, raise: Raise): Promise<void> {
    const occurrence = await occurrenceOf(tx, key);
    let stored = occurrence && (await this.load(tx, occurrence.alarm));
    let n = occurrence?.n ?? 0;
    if (!stored || stored.alarm.state === 'normal') {
      stored = undefined;
      n++;
    }
    const alarm = keyId('alarm', key.spreader, key.component, key.code, n);
    const subject = { alarm, ...key, ...raise };
    await this.run(tx, cause, alarm, stored, {
      kind: 'raise',
      subject,
      now: this.clock.now(),
      lateAfter: this.lateAfter,
    });
    if (n === occurrence?.n) return;
    await tx.query(
      `insert into alarm_occurrence (spreader, component, code, n, alarm) values ($1, $2, $3, $4, $5)
       on conflict (spreader, component, code) do update set n = $4, alarm = $5`,
      [key.spreader, key.component, key.code, n, alarm],
    );
  }

  /** Notes that what the alarm of `key` was raised for is over; nothing when there is no such alarm. */
  async clear(tx: StoreTransaction, cause: Cause, key: AlarmKey, at: Instant, reason: string): Promise<void> {
    const occurrence = await occurrenceOf(tx, key);
    if (!occurrence) return;
    const stored = await this.load(tx, occurrence.alarm);
    await this.run(tx, cause, occurrence.alarm, stored, { kind: 'clear', at, reason });
  }

  /** Acknowledges `alarm` for a person; the caller has made sure that they may. */
  async acknowledge(tx: StoreTransaction, stored: Stored, by: string, note: string | null): Promise<Decision<Stored>> {
    const { alarm } = stored.alarm.subject;
    return this.run(tx, { org: stored.org }, alarm, stored, { kind: 'acknowledge', by, at: this.clock.now(), note });
  }

  /** The alarm as its facts tell it, locked against other changes until the transaction ends; undefined when there is none. */
  async lock(tx: StoreTransaction, alarm: string): Promise<Stored | undefined> {
    await tx.query('select 1 from alarm_occurrence where alarm = $1 for update', [alarm]);
    return this.load(tx, alarm);
  }

  private async load(tx: StoreTransaction, alarm: string): Promise<Stored | undefined> {
    const facts = await tx.facts.read(`alarm-${alarm}`);
    const state = facts.reduce<Alarm | undefined>(evolveAlarm, undefined);
    return state && facts[0] ? { alarm: state, org: facts[0].org, revision: facts.length } : undefined;
  }

  private async run(
    tx: StoreTransaction,
    cause: Cause,
    id: string,
    stored: Stored | undefined,
    command: AlarmCommand,
  ): Promise<Decision<Stored>> {
    const decision = decideAlarm(stored?.alarm, command);
    if (!decision.ok) return decision;
    let alarm = stored?.alarm;
    let revision = stored?.revision ?? 0;
    for (const fact of decision.value) {
      const envelope = factOf(cause, id, revision + 1, fact);
      const outcome = await tx.facts.append(`alarm-${id}`, revision, [envelope]);
      if (outcome.kind === 'conflict')
        throw new Fault('ALARM_CHANGED', `${id} was changed at the same time`, { retryable: true });
      const before = alarm;
      alarm = evolveAlarm(alarm, fact);
      revision = outcome.revision;
      await this.announce(tx, envelope, before, fact, alarm as Alarm);
    }
    return { ok: true, value: { alarm: alarm as Alarm, org: stored?.org ?? cause.org, revision } };
  }

  /** Puts a notification for each endpoint of the organisation into the outbox. */
  private async announce(
    tx: StoreTransaction,
    event: NewFact,
    before: Alarm | undefined,
    fact: AlarmFact,
    alarm: Alarm,
  ): Promise<void> {
    const now = this.clock.now();
    const type = notificationOf(before, fact, now, this.lateAfter);
    if (!type) return;
    const endpoints = await tx.query<{ endpoint: string; format: WebhookFormat }>(
      'select endpoint, format from webhook_target where organisation = $1 and off_since is null order by endpoint',
      [event.org],
    );
    if (endpoints.length === 0) return;
    const where = await whereaboutsOf(tx, event.org, alarm.subject.spreader);
    for (const { endpoint, format } of endpoints) {
      const news = { type, alarm, where };
      const payload = webhookPayload(format, { id: event.id, at: event.time, endpoint, news });
      await tx.query(
        `insert into delivery (org, delivery, endpoint, alarm, payload, state, attempts, next_at, created_at)
         values ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6) on conflict do nothing`,
        [event.org, keyId('delivery', endpoint, event.id), endpoint, alarm.subject.alarm, payload, now],
      );
    }
  }
}

/** The newest occurrence, its row locked until the transaction ends. */
async function occurrenceOf(tx: StoreTransaction, key: AlarmKey): Promise<{ n: number; alarm: string } | undefined> {
  const [row] = await tx.query<{ n: number; alarm: string }>(
    'select n, alarm from alarm_occurrence where spreader = $1 and component = $2 and code = $3 for update',
    [key.spreader, key.component, key.code],
  );
  return row;
}

const timeOf = (fact: AlarmFact): Instant => (fact.type === 'alarm-raised' ? fact.data.raisedAt : fact.data.at);

/** Ids follow from alarm and revision, so that a repeated decision is the same fact. */
const factOf = (cause: Cause, id: string, revision: number, fact: AlarmFact): NewFact => ({
  id: keyId('event', id, revision),
  type: fact.type,
  v: eventCatalogue.get(fact.type)?.versions.length ?? 1,
  org: cause.org,
  key: id,
  time: timeOf(fact),
  ...(cause.id === undefined ? {} : { causationId: cause.id, correlationId: cause.correlationId ?? cause.id }),
  ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
  data: fact.data,
});

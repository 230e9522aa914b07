import { eventCatalogue, readEvent, type EventEnvelope, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { AppendOutcome, FactLog, Queryable } from '@quaywatch/ports';

/** The facts of one service in one transaction; `toOutbox` puts what was appended into the outbox. */
export function factsIn(
  session: Queryable,
  service: string,
  toOutbox: (topic: Topic, event: EventEnvelope) => void,
): FactLog {
  return {
    async append(stream, expected, facts): Promise<AppendOutcome> {
      const events = facts.map((fact, index) => ({ ...fact, source: service, stream, revision: expected + index + 1 }));
      const topics = events.map((event) => topicFor(event, service, 'fact'));
      if (!(await moveHead(session, stream, expected, events))) {
        return { kind: 'conflict', revision: await headOf(session, stream) };
      }
      events.forEach((event, index) => toOutbox(topics[index] as Topic, event));
      return { kind: 'appended', revision: expected + facts.length };
    },
    async read(stream): Promise<readonly EventEnvelope[]> {
      const rows = await session.query<{ event: string }>(
        'select event from event where stream = $1 order by revision',
        [stream],
      );
      return rows.map((row, index) => {
        const read = readEvent(JSON.parse(row.event));
        if (read.kind === 'event') return read.event;
        throw new Fault('FACT_UNREADABLE', `${stream} revision ${index + 1}: ${read.reason}`);
      });
    },
  };
}

/** The topic of an event that `service` may write with this grade. Throws Fault `NOT_OWNER`, or `EVENT_INVALID`. */
export function topicFor(event: EventEnvelope, service: string, grade: 'fact' | 'telemetry'): Topic {
  const definition = eventCatalogue.get(event.type);
  if (definition?.grade !== grade || (definition.owner !== service && definition.owner !== 'any')) {
    throw new Fault('NOT_OWNER', `${service} owns no ${grade} event called ${event.type}`);
  }
  const read = readEvent(event);
  if (read.kind !== 'event')
    throw new Fault('EVENT_INVALID', `${service} would store an event nobody can read: ${read.reason}`);
  return definition.topic;
}

const firstSql = `
  with head as (insert into stream_head (stream, revision) values ($1, $2::bigint + $3) on conflict do nothing returning 1)
  insert into event (stream, revision, event)
  select $1, $2::bigint + n, e from head, unnest($4::text[]) with ordinality as given (e, n) order by n returning revision`;

const nextSql = `
  with head as (update stream_head set revision = revision + $3 where stream = $1 and revision = $2::bigint returning 1)
  insert into event (stream, revision, event)
  select $1, $2::bigint + n, e from head, unnest($4::text[]) with ordinality as given (e, n) order by n returning revision`;

/** The head row makes appends to one stream wait for each other, so a conflict is an answer and no failed statement. */
async function moveHead(
  session: Queryable,
  stream: string,
  expected: number,
  events: readonly EventEnvelope[],
): Promise<boolean> {
  if (events.length === 0) return (await headOf(session, stream)) === expected;
  const texts = events.map((event) => JSON.stringify(event));
  const rows = await session.query(expected === 0 ? firstSql : nextSql, [stream, expected, events.length, texts]);
  return rows.length > 0;
}

async function headOf(session: Queryable, stream: string): Promise<number> {
  const [row] = await session.query<{ revision: string }>('select revision from stream_head where stream = $1', [
    stream,
  ]);
  return Number(row?.revision ?? 0);
}

import { eventCatalogue, events, type EventEnvelope, type MoveRecord } from '@quaywatch/contracts';
import type { SpreaderHealth, Statement } from '@quaywatch/domain/condition';
import { keyId } from '@quaywatch/kernel';
import type { NewFact } from '@quaywatch/ports';

/** An event to publish; the store adds the source. */
export type Publication = Omit<EventEnvelope, 'source'>;

/** What every event that follows from another has in common. */
const following = (
  cause: EventEnvelope,
  key: string,
  type: string,
): Pick<EventEnvelope, 'v' | 'org' | 'key' | 'correlationId' | 'causationId' | 'traceparent'> => ({
  v: eventCatalogue.get(type)?.versions.length ?? 1,
  org: cause.org,
  key,
  correlationId: cause.correlationId ?? cause.id,
  causationId: cause.id,
  ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
});

/** The `move-completed` event of a move; its id follows from the move. */
export const moveEvent = (cause: EventEnvelope, record: MoveRecord): Publication => ({
  ...following(cause, record.spreader, events.moveCompleted.type),
  id: keyId('event', 'move', record.move),
  type: events.moveCompleted.type,
  time: record.endedAt,
  data: record,
});

/** The `move-completed` event of a move that late data, `cause`, showed to be otherwise than told. */
export const movedEvent = (cause: EventEnvelope, record: MoveRecord): Publication => ({
  ...moveEvent(cause, record),
  id: keyId('event', 'move', record.move, cause.id),
});

/** The `move-withdrawn` event of a move that late data, `cause`, showed not to be. */
export const withdrawnEvent = (cause: EventEnvelope, { move, spreader, endedAt }: MoveRecord): Publication => ({
  ...following(cause, spreader, events.moveWithdrawn.type),
  id: keyId('event', 'no-move', move, cause.id),
  type: events.moveWithdrawn.type,
  time: endedAt,
  data: { move, spreader, endedAt, reason: 'Corrected by data that came late.' },
});

/** The `n`th `health-assessed` event of a spreader. */
export const healthEvent = (
  cause: EventEnvelope,
  spreader: string,
  health: SpreaderHealth,
  n: number,
): Publication => ({
  ...following(cause, spreader, events.healthAssessed.type),
  id: keyId('event', 'health', spreader, n),
  type: events.healthAssessed.type,
  time: health.at,
  data: { spreader, ...health },
});

/** The fact of a statement and the stream it belongs to; ids follow from stream and revision. */
export function factOf(statement: Statement, cause: EventEnvelope): { stream: string; fact: NewFact } {
  if (statement.kind === 'condition-changed') {
    const { change } = statement;
    return {
      stream: `condition-${change.spreader}`,
      fact: {
        ...following(cause, change.spreader, events.conditionChanged.type),
        id: keyId('event', 'condition', change.spreader, statement.expected + 1),
        type: events.conditionChanged.type,
        time: change.at,
        data: change,
      },
    };
  }
  const closed = statement.kind === 'advice-closed';
  const { finding, spreader } = closed ? statement : statement.advice;
  const data = closed ? { finding, spreader, at: statement.at, reason: statement.reason } : statement.advice;
  return {
    stream: `finding-${finding}`,
    fact: {
      ...following(cause, spreader, statement.kind),
      id: keyId('event', 'advice', finding, statement.expected + 1),
      type: statement.kind,
      time: closed ? statement.at : statement.advice.updatedAt,
      data,
    },
  };
}

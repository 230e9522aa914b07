import type { DataOf, events } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

/** A security incident as its facts tell it. */
export interface Incident {
  readonly state: 'unknown' | 'open' | 'assessed' | 'closed';
  readonly count: number;
}

/** What can be asked of an incident. */
export type IncidentCommand =
  | ({ readonly kind: 'open' } & DataOf<typeof events.incidentOpened>)
  | ({ readonly kind: 'see-again' } & DataOf<typeof events.incidentSeenAgain>)
  | ({ readonly kind: 'assess' } & DataOf<typeof events.incidentAssessed>)
  | ({ readonly kind: 'close' } & DataOf<typeof events.incidentClosed>);

/** A fact about an incident. */
export type IncidentFact =
  | { readonly type: 'incident-opened'; readonly data: DataOf<typeof events.incidentOpened> }
  | { readonly type: 'incident-seen-again'; readonly data: DataOf<typeof events.incidentSeenAgain> }
  | { readonly type: 'incident-assessed'; readonly data: DataOf<typeof events.incidentAssessed> }
  | { readonly type: 'incident-closed'; readonly data: DataOf<typeof events.incidentClosed> };

/** An incident that there is not yet. */
export const noIncident: Incident = { state: 'unknown', count: 0 };

/**
 * Decides a command on an incident: the facts it makes, or why it is refused. Nothing is closed that nobody has judged,
 * so that the question for people at machines is always answered.
 */
export function decideIncident(incident: Incident, command: IncidentCommand): Decision<IncidentFact[]> {
  if (command.kind === 'open') {
    if (incident.state !== 'unknown') return accept([]);
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'incident-opened', data }]);
  }
  if (incident.state === 'unknown') return refuse('not_found', 'There is no such incident.');
  if (incident.state === 'closed') return refuse('conflict', 'The incident is closed.');
  if (command.kind === 'see-again') {
    if (command.count <= incident.count) return accept([]);
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'incident-seen-again', data }]);
  }
  if (command.kind === 'assess') {
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'incident-assessed', data }]);
  }
  if (incident.state !== 'assessed')
    return refuse('conflict', 'Judge it first: whether people can be in danger, how bad it is, what is touched.');
  const { kind: _kind, ...data } = command;
  return accept([{ type: 'incident-closed', data }]);
}

/** The incident after a fact; facts of other types leave it as it is. */
export function evolveIncident(incident: Incident, fact: { readonly type: string; readonly data: unknown }): Incident {
  const { count } = fact.data as { count?: number };
  switch (fact.type) {
    case 'incident-opened':
      return { state: 'open', count: count ?? 0 };
    case 'incident-seen-again':
      return { ...incident, count: count ?? incident.count };
    case 'incident-assessed':
      return { ...incident, state: 'assessed' };
    case 'incident-closed':
      return { ...incident, state: 'closed' };
    default:
      return incident;
  }
}

import { eventEnvelope, type EventEnvelope } from '../envelope';
import { eventCatalogue } from './index';

/** What became of reading stored bytes as an event. `from-the-future` stops a consumer: an upgrade is needed. */
export type ReadEvent =
  | { readonly kind: 'event'; readonly event: EventEnvelope }
  | { readonly kind: 'from-the-future'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads a stored event: checks the envelope, finds the definition, upcasts `data` to the latest version and checks it.
 * Handlers only ever see what this returned. Never throws.
 */
export function readEvent(stored: unknown): ReadEvent {
  if (isAcceptable(stored)) return { kind: 'event', event: stored };
  const envelope = eventEnvelope.safeParse(stored);
  if (!envelope.success) return { kind: 'unreadable', reason: `envelope: ${firstIssue(envelope.error)}` };
  const event = envelope.data;
  const definition = eventCatalogue.get(event.type);
  if (!definition) return { kind: 'from-the-future', reason: `unknown event type ${event.type}` };
  const latest = definition.versions.length;
  if (event.v > latest) {
    return { kind: 'from-the-future', reason: `${event.type} v${event.v}; this build knows up to v${latest}` };
  }
  let data: unknown = event.data;
  for (let v = event.v; v < latest; v++) data = definition.upcasts?.[v - 1]?.(data as never);
  const parsed = definition.versions[latest - 1]?.safeParse(data);
  if (!parsed?.success) {
    const why = parsed ? firstIssue(parsed.error) : 'no schema';
    return { kind: 'unreadable', reason: `${event.type} v${event.v}: ${why}` };
  }
  return { kind: 'event', event: { ...event, v: latest, data: parsed.data } };
}

/** An event that needs no closer look: the envelope has what it must and nothing else, and its definition takes the data. */
function isAcceptable(stored: unknown): stored is EventEnvelope {
  if (typeof stored !== 'object' || stored === null || Object.keys(stored).length !== 8) return false;
  const { id, type, v, source, org, key, time, data } = stored as Record<string, unknown>;
  const definition = typeof type === 'string' ? eventCatalogue.get(type) : undefined;
  return (
    definition?.accepts !== undefined &&
    v === definition.versions.length &&
    isName(id) &&
    isName(source) &&
    isName(org) &&
    isName(key) &&
    Number.isFinite(time) &&
    definition.accepts(data)
  );
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

function firstIssue(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.map(String).join('.') || '(root)'}: ${issue.message}` : 'not valid';
}

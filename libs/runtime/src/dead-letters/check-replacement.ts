import { eventCatalogue, eventEnvelope, readEvent, type Topic } from '@quaywatch/contracts';

const kept = [
  'id',
  'source',
  'org',
  'key',
  'stream',
  'revision',
  'correlationId',
  'causationId',
  'traceparent',
] as const;

/**
 * Why `replacement` may not stand in for `original`; undefined when it may. Only the type, its version, the time and
 * the data may differ: whose event it is and where it belongs is not a matter of correction (law L4).
 */
export function checkReplacement(original: unknown, replacement: unknown, topic: Topic): string | undefined {
  const read = readEvent(replacement);
  if (read.kind !== 'event') return read.reason;
  const definition = eventCatalogue.get(read.event.type);
  if (definition?.topic !== topic) return `${read.event.type} does not belong to topic ${topic}`;
  const before = eventEnvelope.safeParse(original);
  if (!before.success) return undefined;
  const changed = kept.find((name) => before.data[name] !== read.event[name]);
  return changed ? `${changed} must stay as it was` : undefined;
}

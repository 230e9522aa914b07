/** An event of the live stream, as far as the portal reads it. */
export interface LiveEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly spreader_id?: string | null };
}

/** Types of event the portal listens to (server-sent events are heard by name). */
export const heardTypes = [
  'spreader.condition_changed',
  'spreader.health_changed',
  'finding.raised',
  'finding.updated',
  'finding.closed',
  'alarm.raised',
  'alarm.level_changed',
  'alarm.taken',
  'alarm.closed',
  'device.online',
  'device.silent',
  'move.completed',
] as const;

/** The event in a message's text, or undefined when it is none. */
export function parseLiveEvent(text: string): LiveEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const event = value as Partial<LiveEvent> | null;
  if (typeof event !== 'object' || event === null) return undefined;
  const { type, time, data } = event;
  return typeof type === 'string' && typeof time === 'string' && typeof data === 'object' && data !== null
    ? (event as LiveEvent)
    : undefined;
}

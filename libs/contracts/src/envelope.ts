import { z } from 'zod';

/**
 * The envelope of every event, after CloudEvents 1.0 (`type`, `source`, `id`, `time`, `subject`) with our own
 * attributes beside it. `v` is the version of `data`; it is never part of the type's name.
 */
export const eventEnvelope = z.strictObject({
  /** Unique id; deterministic where the event is derived from other events. */
  id: z.string().min(1),
  /** Event type in the past tense, kebab-case, e.g. `alarm-raised`. */
  type: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Version of the `data` schema, from 1. */
  v: z.int().positive(),
  /** The service that wrote it. */
  source: z.string().min(1),
  /** Organisation that owns the data; `platform` for facts of the platform itself. */
  org: z.string().min(1),
  /** Ordering key: the spreader, device, alarm or user that the event is about. */
  key: z.string().min(1),
  /** When it happened, ms since 1970 UTC. */
  time: z.number(),
  /** Fact grade only: stream name and revision (from 1, no gaps). */
  stream: z.string().optional(),
  revision: z.int().positive().optional(),
  /** The first cause of a chain of events; equal along the chain. */
  correlationId: z.string().optional(),
  /** The event or command that directly caused this one. */
  causationId: z.string().optional(),
  /** W3C trace context. */
  traceparent: z.string().optional(),
  data: z.unknown(),
});

/** An event as it is stored and delivered; `data` is checked by `readEvent`. */
export type EventEnvelope<T = unknown> = Omit<z.infer<typeof eventEnvelope>, 'data'> & { readonly data: T };

/** Grade of an event: see ARCHITECTURE.md, two grades of event. */
export type Grade = 'telemetry' | 'fact';

/** The services of the platform; each fact has exactly one of them as its owner. */
export const serviceNames = [
  'ingest',
  'fleet',
  'condition-analysis',
  'alerting',
  'audit-log',
  'user-access',
  'gateway',
] as const;

/** Name of a service. */
export type ServiceName = (typeof serviceNames)[number];

/** One topic of the event log. `owner: 'any'` is the audit inbox, which every service may write. */
export interface TopicDefinition {
  readonly owner: ServiceName | 'any';
  readonly doc: string;
  /** How long the log keeps it, in days; 0 = for ever. */
  readonly retentionDays: number;
}

/** Every topic of the event log; names of derived data follow the blocks of ISO 13374 (da, dm, ha). */
export const topics = {
  'da.telemetry': {
    owner: 'ingest',
    retentionDays: 90,
    doc: 'Decoded device data and device presence, keyed by spreader.',
  },
  devices: { owner: 'ingest', retentionDays: 0, doc: 'Device identity: enrolment, certificates, revocation.' },
  fleet: {
    owner: 'fleet',
    retentionDays: 0,
    doc: 'Organisations, terminals, cranes, spreaders and what is bound to what, when.',
  },
  'dm.moves': { owner: 'condition-analysis', retentionDays: 800, doc: 'Completed moves with their features.' },
  condition: { owner: 'condition-analysis', retentionDays: 0, doc: 'Condition changes and advice per component.' },
  'ha.health': { owner: 'condition-analysis', retentionDays: 400, doc: 'Health of a spreader and its components.' },
  alerting: { owner: 'alerting', retentionDays: 0, doc: 'Life of alarms and of their notifications.' },
  access: { owner: 'user-access', retentionDays: 0, doc: 'Users, roles and sign-ins.' },
  usage: { owner: 'gateway', retentionDays: 400, doc: 'How much programs call the API, keyed by program.' },
  incidents: { owner: 'audit-log', retentionDays: 0, doc: 'Security incidents: seen by rules or reported by people.' },
  audit: { owner: 'any', retentionDays: 0, doc: 'Audit events of every service, the input of the audit chain.' },
} as const satisfies Record<string, TopicDefinition>;

/** Name of a topic. */
export type Topic = keyof typeof topics;

/** All topic names. */
export const topicNames = Object.keys(topics) as readonly Topic[];

/** Partitions of every topic unless configuration says otherwise. */
export const defaultPartitions = 4;

/**
 * The partition of `key` among `partitions`: murmur2 as Kafka's default partitioner computes it, so that every
 * adapter keeps the same keys together.
 */
export function partitionOf(key: string, partitions: number): number {
  const bytes = new TextEncoder().encode(key);
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ bytes.length;
  const words = bytes.length >> 2;
  const at = (i: number): number => bytes[i] ?? 0;
  for (let i = 0; i < words; i++) {
    let k = at(4 * i) | (at(4 * i + 1) << 8) | (at(4 * i + 2) << 16) | (at(4 * i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = bytes.length & 3;
  const tail = words * 4;
  if (rest === 3) h ^= at(tail + 2) << 16;
  if (rest >= 2) h ^= at(tail + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ at(tail), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return (h & 0x7fffffff) % partitions;
}

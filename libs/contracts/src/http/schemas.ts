import { z } from 'zod';
import { commandKind } from '../device/command';
import { firmwareStep } from '../device/firmware';
import { conditionLevel, provenance, riskClass } from '../condition';

/** RFC 3339 UTC time with milliseconds. */
export const timeText = z.iso.datetime();

/** A page of a list: `next_cursor` is opaque and stable under inserts. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ data: z.array(item), next_cursor: z.string().nullable(), has_more: z.boolean() });

/** Paging parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
};

/** RFC 9457 problem document. */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
});

/** RFC 9457 problem document. */
export type Problem = z.infer<typeof problem>;

const range = <T extends z.ZodType>(of: T) => z.strictObject({ low: of, middle: of, high: of.nullable() }).nullable();

export const findingSummary = z.strictObject({
  id: z.string(),
  title: z.string(),
  component: z.string(),
  failure_mode: z.string(),
  level: conditionLevel,
  risk: riskClass,
  confidence: z.number(),
  first_seen_at: timeText,
  action: z.string(),
  repair_hours: z.number(),
  risk_hours: z.number(),
});

export const finding = findingSummary.extend({
  spreader_id: z.string(),
  spreader_number: z.string(),
  status: z.enum(['open', 'closed']),
  closed_at: timeText.nullable(),
  updated_at: timeText,
  actions: z.array(z.string()),
  parts: z.array(z.string()),
  skills: z.array(z.string()),
  verification: z.string(),
  /** What it may come from, the likeliest first; the probabilities add up to 1. Null = a cause not in the catalogue. */
  causes: z.array(
    z.strictObject({
      failure_mode: z.string().nullable(),
      component: z.string(),
      title: z.string(),
      probability: z.number(),
    }),
  ),
  /** Time until it must be acted on, where it gets worse step by step; null = it must be already, or it does not. */
  remaining_life: z
    .strictObject({
      /** Indicator that is expected to reach its limit "act now" first. */
      signal: z.string(),
      unit: z.string(),
      limit: z.number(),
      /** Lifts from the last observation on, and times at the pace on record; `high` null = perhaps never. */
      lifts: range(z.number()),
      at: range(timeText),
      /** Share of the true times between low and high. */
      coverage: z.number(),
      /** Points of the course that it comes from, and their window. */
      points: z.int(),
      from: timeText,
      to: timeText,
      /** Why nothing is said; null = it is. */
      why: z.enum(['too_few', 'no_trend', 'too_far', 'incomplete']).nullable(),
      provenance,
    })
    .nullable(),
  reopened: z.strictObject({
    times: z.int(),
    because: z.enum(['came_back', 'repair_not_proved']).nullable(),
    at: timeText.nullable(),
  }),
  /** What people did with it last; null = nothing yet. */
  progress: z
    .strictObject({
      state: z.enum(['accepted', 'planned', 'repaired', 'rejected']),
      when: timeText,
      note: z.string().nullable(),
      by: z.string(),
      at: timeText,
    })
    .nullable(),
  /** Whether the data prove a reported repair. */
  proof: z.enum(['none', 'waiting', 'proved', 'not_proved']),
  /** What technicians found; null = nobody said. */
  verdict: z
    .strictObject({
      verdict: z.enum(['confirmed', 'not_found', 'other_cause']),
      failure_mode: z.string().nullable(),
      component: z.string().nullable(),
      note: z.string().nullable(),
      by: z.string(),
      at: timeText,
    })
    .nullable(),
  /** Window around its beginning for the replay of all signals. */
  replay: z.strictObject({ from: timeText, to: timeText }),
  evidence: z.array(
    z.strictObject({
      signal: z.string(),
      unit: z.string(),
      value: z.number().nullable(),
      baseline: z.number().nullable(),
      limit: z.number().nullable(),
      from: timeText,
      to: timeText,
      count: z.number(),
      text: z.string(),
    }),
  ),
  provenance: z.strictObject({
    block: z.string(),
    algorithm: z.string(),
    version: z.string(),
    inputs: z.array(z.string()),
  }),
});

export const spreaderSummary = z.strictObject({
  id: z.string(),
  number: z.string(),
  model: z.string(),
  type: z.string(),
  terminal: z.strictObject({ id: z.string(), name: z.string(), time_zone: z.string() }),
  crane: z.strictObject({ id: z.string(), number: z.string() }).nullable(),
  condition: conditionLevel,
  health: z.strictObject({
    score: z.number().nullable(),
    completeness: z.number(),
    computed_at: timeText.nullable(),
    model: z.string(),
  }),
  top_finding: findingSummary.nullable(),
  open_findings: z.int(),
  last_seen_at: timeText.nullable(),
  connection: z.enum(['online', 'offline', 'never']),
  lifts_24h: z.int(),
});

export const spreaderHealth = z.strictObject({
  spreader_id: z.string(),
  score: z.number().nullable(),
  condition: conditionLevel,
  completeness: z.number(),
  computed_at: timeText.nullable(),
  model: z.string(),
  components: z.array(
    z.strictObject({
      component: z.string(),
      condition: conditionLevel,
      score: z.number().nullable(),
      reasons: z.array(z.strictObject({ text: z.string(), points: z.number(), failure_mode: z.string().nullable() })),
    }),
  ),
  provenance,
});

export const move = z.strictObject({
  id: z.string(),
  started_at: timeText,
  locked_at: timeText.nullable(),
  ended_at: timeText,
  class: z.string(),
  result: z.string(),
  boxes: z.int(),
  teu: z.number(),
  load: z.number().nullable(),
  features: z.record(z.string(), z.number()),
  provenance,
});

export const seriesAnswer = z.strictObject({
  from: timeText,
  to: timeText,
  aggregation: z.enum(['raw', 'min_max_mean']),
  /** ISO 8601 duration of one bucket; null for raw. */
  resolution: z.string().nullable(),
  truncated: z.literal(false),
  series: z.array(
    z.strictObject({
      signal: z.string(),
      unit: z.string(),
      raw_points: z.int(),
      /** Bucket starts (or sample times for raw), ms UTC. A bucket with no data is there with nulls: a gap is a gap. */
      t: z.array(z.number()),
      min: z.array(z.number().nullable()),
      max: z.array(z.number().nullable()),
      mean: z.array(z.number().nullable()),
      count: z.array(z.int()),
      limits: z.array(
        z.strictObject({ level: conditionLevel, above: z.number().optional(), below: z.number().optional() }),
      ),
    }),
  ),
});

export const alarm = z.strictObject({
  id: z.string(),
  spreader_id: z.string(),
  spreader_number: z.string(),
  terminal_id: z.string(),
  component: z.string(),
  code: z.string(),
  title: z.string(),
  level: conditionLevel,
  risk: riskClass,
  /** ISA-18.2 words: unacknowledged, acknowledged, returned_unacknowledged, normal. */
  state: z.enum(['unacknowledged', 'acknowledged', 'returned_unacknowledged', 'normal']),
  finding_id: z.string().nullable(),
  reason: z.string(),
  late: z.boolean(),
  raised_at: timeText,
  acknowledged_at: timeText.nullable(),
  acknowledged_by: z.string().nullable(),
  cleared_at: timeText.nullable(),
});

/** A certificate authority as its organisation sees it. */
export const authority = z.strictObject({
  id: z.string(),
  kind: z.enum(['issuing', 'external']),
  name: z.string(),
  /** PEM. */
  certificate: z.string(),
  fingerprint: z.string(),
  /** Most devices that may come in by themselves; null = none. */
  quota: z.int().nullable(),
  added_at: timeText,
  not_after: timeText,
  retired_at: timeText.nullable(),
  /** Certificates of it that are good now. */
  certificates: z.int(),
});

/** Where a device stands. */
export const deviceState = z.enum(['active', 'revoked', 'pending', 'quarantined', 'rejected']);

/** A device as its console shows it. */
export const deviceDetail = z.strictObject({
  btu: z.string(),
  spreader_id: z.string().nullable(),
  state: deviceState,
  /** Why it is in that state, when somebody or something put it there. */
  state_reason: z.string().nullable(),
  state_since: timeText.nullable(),
  enrolled_at: timeText,
  connection: z.enum(['online', 'offline', 'never']),
  last_seen_at: timeText.nullable(),
  firmware: z.string().nullable(),
  quarantined_frames: z.int(),
  /** What waits on the device, as it last told; null = it never did. */
  buffer: z
    .strictObject({ frames: z.int().nullable(), bytes: z.int(), oldest_at: timeText.nullable(), told_at: timeText })
    .nullable(),
  signal: z.strictObject({ technology: z.string(), dbm: z.number() }).nullable(),
  /** The newest roll-out of firmware that reached it; null = none did. */
  update: z
    .strictObject({
      rollout_id: z.string(),
      version: z.string(),
      step: firmwareStep.nullable(),
      detail: z.string().nullable(),
      at: timeText.nullable(),
    })
    .nullable(),
  certificates: z.array(
    z.strictObject({
      serial: z.string(),
      authority_id: z.string(),
      issued_at: timeText,
      not_after: timeText,
      first_used_at: timeText.nullable(),
      revoked_at: timeText.nullable(),
      revoked_reason: z.string().nullable(),
    }),
  ),
});

/** A command to a device and what became of it. */
export const commandView = z.strictObject({
  id: z.string(),
  btu: z.string(),
  kind: commandKind,
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  state: z.enum(['requested', 'sent', 'done', 'refused', 'timed_out', 'expired']),
  requested_at: timeText,
  requested_by: z.string(),
  expires_at: timeText,
  sent_at: timeText.nullable(),
  ended_at: timeText.nullable(),
  detail: z.string().nullable(),
  /** What the device sent along (its log), when it did. */
  attachment: z.string().nullable(),
});

/** Which frames of a spreader are here, device by device, newest boot first. */
export const completeness = z.strictObject({
  spreader_id: z.string(),
  /** Everything until then is here or is known to be lost; null = nothing is here. */
  complete_until: timeText.nullable(),
  missing_frames: z.int(),
  streams: z.array(
    z.strictObject({
      btu: z.string(),
      boot: z.int(),
      stream: z.string(),
      last_seq: z.int(),
      last_at: timeText,
      complete_until: timeText.nullable(),
      missing: z.array(
        z.strictObject({
          from_seq: z.int(),
          to_seq: z.int(),
          after: timeText.nullable(),
          before: timeText,
          /** True when the device has said that they will never come. */
          lost: z.boolean(),
        }),
      ),
      /** True when there are more holes than are listed. */
      truncated: z.boolean(),
    }),
  ),
});

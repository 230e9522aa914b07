import { z } from 'zod';
import { conditionLevel, provenance } from '../condition';
import { burstTrigger } from '../device/burst';
import { ruleText } from '../rule';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

const service = 'condition-analysis' as const;

const stopFields = {
  from: timeText,
  to: timeText.nullable(),
  cause: z.enum(['equipment', 'operator', 'container', 'crane', 'power', 'planned']),
  ending: z.enum(['repair', 'reset', 'spreader_change', 'none']),
  root_cause: z.string().min(1).max(64),
  times: z
    .strictObject({
      response: z.number().nonnegative(),
      diagnosis: z.number().nonnegative(),
      parts: z.number().nonnegative(),
      repair: z.number().nonnegative(),
      test: z.number().nonnegative(),
    })
    .nullable(),
};

const stopBody = z.strictObject({ ...stopFields, note: z.string().max(500).optional() });

const kpi = z.strictObject({
  id: z.string(),
  unit: z.string(),
  value: z.number().nullable(),
  /** 90 % band; with value null: more than `low`. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Sample size, and of how many; `of` null = everything is counted. */
  n: z.int(),
  of: z.int().nullable(),
  parts: z.record(z.string(), z.number().nullable()),
});

const ruleView = z.strictObject({
  id: z.string(),
  state: z.enum(['draft', 'on', 'off']),
  /** The version that is evaluated; null when none is. */
  active_version: z.int().nullable(),
  latest: z.strictObject({
    version: z.int(),
    text: ruleText,
    author: z.string(),
    drafted_at: timeText,
    approved_by: z.string().nullable(),
    approved_at: timeText.nullable(),
  }),
});

const backTest = z.strictObject({
  from: timeText,
  to: timeText,
  spreaders: z.int(),
  evaluations: z.int(),
  /** Evaluations where a signal was missing: not judged. */
  unknown: z.int(),
  raised: z.int(),
  /** Cases that a recorded stop or a finding of another rule on the same spreader confirms, within 24 h after. */
  confirmed: z.int(),
  /** The first 100 of them. */
  cases: z.array(
    z.strictObject({
      spreader_id: z.string(),
      number: z.string(),
      from: timeText,
      to: timeText.nullable(),
      confirmed_by: z.string().nullable(),
    }),
  ),
});

const passport = z.strictObject({
  serial: z.string(),
  kind: z.enum(['twistlock']),
  /** Where it is now; null = in store or scrapped. */
  spreader_id: z.string().nullable(),
  spreader_number: z.string().nullable(),
  position: z.string().nullable(),
  scrapped: z.boolean(),
  /** Lock cycles in all, also empty and aborted ones; with those it had before it was known here. */
  cycles: z.int(),
  /** Relative damage: sum of (share of the rated load)³ over its lifts, in equivalent full lifts. */
  damage: z.number(),
  /** Lifts whose load was known, of all lifts: how well the damage is founded. */
  weighed: z.int(),
  lifts: z.int(),
});

/** Figures, stops, replay, coverage, rules and component passports. */
export const analysisRoutes = {
  getKpis: defineRoute({
    id: 'getKpis',
    method: 'GET',
    path: '/v1/kpis',
    service,
    permission: 'moves.read',
    summary: 'Figures of the fleet with definition, counting rule, sample size and 90 % band.',
    query: z.strictObject({
      from: timeText,
      to: timeText,
      group_by: z.enum(['fleet', 'terminal', 'model', 'crane', 'shift', 'spreader']).default('fleet'),
      terminal: z.string().optional(),
      model: z.string().optional(),
      crane: z.string().optional(),
      spreader: z.string().optional(),
      shift: z.enum(['early', 'late', 'night']).optional(),
      min_stop: z.enum(['0', '3', '5', '15', '30']).default('5'),
    }),
    response: z.strictObject({
      from: timeText,
      to: timeText,
      min_stop: z.int(),
      definitions: z.record(
        z.string(),
        z.strictObject({ name: z.string(), definition: z.string(), counting: z.string(), provenance }),
      ),
      groups: z.array(z.strictObject({ key: z.string(), name: z.string(), spreaders: z.int(), kpis: z.array(kpi) })),
    }),
  }),
  listStops: defineRoute({
    id: 'listStops',
    method: 'GET',
    path: '/v1/stops',
    service,
    permission: 'moves.read',
    summary: 'Stops that technicians recorded, and those the data suggest, newest first.',
    query: z.strictObject({
      from: timeText,
      to: timeText,
      spreader: z.string().optional(),
      terminal: z.string().optional(),
    }),
    response: z.strictObject({
      data: z.array(
        z.strictObject({
          id: z.string(),
          spreader_id: z.string(),
          spreader_number: z.string(),
          ...stopFields,
          /** What the technician noted; null = nothing, or only the data suggest the stop. */
          note: z.string().nullable(),
          confirmed: z.boolean(),
        }),
      ),
    }),
  }),
  recordStop: defineRoute({
    id: 'recordStop',
    method: 'POST',
    path: '/v1/spreaders/{id}/stops',
    service,
    permission: 'alarms.write',
    summary: 'Record a stop of the spreader: why, how it ended, how long each part took.',
    body: stopBody,
    response: z.strictObject({ id: z.string() }),
    status: 201,
  }),
  correctStop: defineRoute({
    id: 'correctStop',
    method: 'PUT',
    path: '/v1/stops/{id}',
    service,
    permission: 'alarms.write',
    summary: 'Correct a recorded stop; what was recorded before stays in the history and counts no more.',
    body: stopBody,
    response: z.strictObject({ id: z.string() }),
  }),
  getCoverage: defineRoute({
    id: 'getCoverage',
    method: 'GET',
    path: '/v1/spreaders/{id}/coverage',
    service,
    permission: 'spreaders.read',
    summary: 'Which failure modes the sensors of this spreader can see, and what is missing for the others.',
    response: z.strictObject({
      spreader_id: z.string(),
      signals: z.int(),
      modes: z.array(
        z.strictObject({
          failure_mode: z.string(),
          component: z.string(),
          title: z.string(),
          /** `seen`: all it needs arrives; `partly`: some; `blind`: nothing; `no_rule`: nothing judges it yet. */
          cover: z.enum(['seen', 'partly', 'blind', 'no_rule']),
          present: z.array(z.string()),
          missing: z.array(z.string()),
        }),
      ),
    }),
  }),
  getRemainingLife: defineRoute({
    id: 'getRemainingLife',
    method: 'GET',
    path: '/v1/spreaders/{id}/remaining-life',
    service,
    permission: 'spreaders.read',
    summary: 'What components have used of what they are made for, and the years left at the pace on record.',
    response: z.strictObject({
      spreader_id: z.string(),
      components: z.array(
        z.strictObject({
          component: z.string(),
          /** Of the component's passport; null where it has none. */
          serial: z.string().nullable(),
          /** Duty against the design (ISO 12482), fatigue damage (Miner), or lock cycles against their limit. */
          basis: z.enum(['designed_working_period', 'fatigue', 'lock_cycles']),
          /** %. */
          used: z.number(),
          /** Null while too few days are on record to say how fast; `high` null: no end can be seen. */
          years: z.strictObject({ middle: z.number(), low: z.number(), high: z.number().nullable() }).nullable(),
          /** Share of lives that end within the interval. */
          coverage: z.number(),
          /** Whole days on record that the pace comes from. */
          days: z.int(),
          provenance,
        }),
      ),
    }),
  }),
  getReplay: defineRoute({
    id: 'getReplay',
    method: 'GET',
    path: '/v1/spreaders/{id}/replay',
    service,
    permission: 'series.read',
    summary: 'Black box: every signal of a window (24 h at most), with moves, findings and gaps.',
    query: z.strictObject({
      from: timeText,
      to: timeText,
      max_points: z.coerce.number().int().min(10).max(2000).default(600),
    }),
    response: z.strictObject({
      from: timeText,
      to: timeText,
      /** Length of a bucket. */
      resolution: z.string(),
      t: z.array(z.number()),
      signals: z.array(
        z.strictObject({
          signal: z.string(),
          unit: z.string(),
          raw_points: z.int(),
          /** Null = nothing received in the bucket. */
          mean: z.array(z.number().nullable()),
          min: z.array(z.number().nullable()),
          max: z.array(z.number().nullable()),
          /** What the numbers of a state that is a word stand for: its first word is 0. */
          words: z.array(z.string()).optional(),
        }),
      ),
      /** Times in which nothing at all was received, longer than 2 min. */
      gaps: z.array(z.strictObject({ from: timeText, to: timeText })),
      moves: z.array(
        z.strictObject({
          id: z.string(),
          from: timeText,
          to: timeText,
          class: z.string(),
          result: z.string(),
          load: z.number().nullable(),
        }),
      ),
      findings: z.array(
        z.strictObject({
          id: z.string(),
          title: z.string(),
          level: conditionLevel,
          from: timeText,
          to: timeText.nullable(),
        }),
      ),
      /** Short windows at a high rate within it (500 at most); `GET /v1/spreaders/{id}/bursts/{burst}` has the samples. */
      bursts: z.array(
        z.strictObject({
          id: z.string(),
          btu: z.string(),
          signal: z.string(),
          trigger: burstTrigger,
          from: timeText,
          to: timeText,
          /** Samples a second. */
          rate: z.number(),
          samples: z.int(),
          /** It will never be whole. */
          lost: z.boolean(),
        }),
      ),
    }),
  }),
  listRules: defineRoute({
    id: 'listRules',
    method: 'GET',
    path: '/v1/rules',
    service,
    permission: 'findings.read',
    summary: 'Rules of the organisation, by name.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(ruleView),
  }),
  getRule: defineRoute({
    id: 'getRule',
    method: 'GET',
    path: '/v1/rules/{id}',
    service,
    permission: 'findings.read',
    summary: 'A rule with the history of its versions and approvals.',
    response: ruleView.extend({
      history: z.array(
        z.strictObject({
          at: timeText,
          what: z.enum(['drafted', 'approved', 'switched_off']),
          version: z.int().nullable(),
          by: z.string(),
          reason: z.string().nullable(),
          text: ruleText.nullable(),
        }),
      ),
    }),
  }),
  draftRule: defineRoute({
    id: 'draftRule',
    method: 'POST',
    path: '/v1/rules',
    service,
    permission: 'fleet.write',
    summary: 'Write a rule. It is checked, and evaluated only once somebody else has approved it.',
    body: ruleText,
    response: z.strictObject({ id: z.string(), version: z.int() }),
    status: 201,
  }),
  changeRule: defineRoute({
    id: 'changeRule',
    method: 'PUT',
    path: '/v1/rules/{id}',
    service,
    permission: 'fleet.write',
    summary: 'Write a new version of a rule; the approved one stays on until the new one is approved.',
    body: ruleText,
    response: z.strictObject({ id: z.string(), version: z.int() }),
  }),
  approveRule: defineRoute({
    id: 'approveRule',
    method: 'POST',
    path: '/v1/rules/{id}/approve',
    service,
    permission: 'fleet.write',
    summary: 'Switch a version of a rule on; never by its author.',
    body: z.strictObject({ version: z.int().positive(), reason: z.string().min(1).max(200) }),
    response: z.strictObject({ id: z.string(), version: z.int() }),
  }),
  switchRuleOff: defineRoute({
    id: 'switchRuleOff',
    method: 'POST',
    path: '/v1/rules/{id}/off',
    service,
    permission: 'fleet.write',
    summary: 'Evaluate a rule no more.',
    body: z.strictObject({ reason: z.string().min(1).max(200) }),
    response: z.strictObject({ id: z.string() }),
  }),
  checkRule: defineRoute({
    id: 'checkRule',
    method: 'POST',
    path: '/v1/rules/check',
    service,
    permission: 'findings.read',
    summary: 'Check the text of a rule against the signal catalogue; nothing is stored.',
    body: ruleText.pick({ expression: true, form: true }),
    response: z.strictObject({
      valid: z.boolean(),
      problem: z.string().nullable(),
      expression: z.string(),
      signals: z.array(z.string()),
      /** Evaluated once a minute, or once a move when it reads features of moves. */
      per: z.enum(['minute', 'move']).nullable(),
    }),
  }),
  backTestRule: defineRoute({
    id: 'backTestRule',
    method: 'POST',
    path: '/v1/rules/back-test',
    service,
    slow: true,
    permission: 'findings.read',
    summary:
      'What a rule would have raised on the history of the spreaders you may see (92 days at most); nothing is stored.',
    body: z.strictObject({ text: ruleText, from: timeText, to: timeText }),
    response: backTest,
  }),
  listPassports: defineRoute({
    id: 'listPassports',
    method: 'GET',
    path: '/v1/components',
    service,
    permission: 'fleet.read',
    summary: 'Components with serial numbers: where they are, their cycles and damage.',
    query: z.strictObject({ ...pageQuery, spreader: z.string().optional() }),
    response: pageOf(passport),
  }),
  getPassport: defineRoute({
    id: 'getPassport',
    method: 'GET',
    path: '/v1/components/{id}',
    service,
    permission: 'fleet.read',
    summary: 'The passport of a component by serial number, with its history across spreaders.',
    response: passport.extend({
      history: z.array(
        z.strictObject({
          spreader_id: z.string(),
          spreader_number: z.string(),
          position: z.string(),
          from: timeText,
          to: timeText.nullable(),
          cycles: z.int(),
          damage: z.number(),
          removed_because: z.string().nullable(),
        }),
      ),
    }),
  }),
  fitComponent: defineRoute({
    id: 'fitComponent',
    method: 'POST',
    path: '/v1/spreaders/{id}/components',
    service,
    permission: 'alarms.write',
    summary: 'Fit a component to a position of the spreader; what was there is taken off.',
    body: z.strictObject({
      kind: z.enum(['twistlock']),
      serial: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$/),
      position: z.string().regex(/^TL\[[1-8]\]$/),
      at: timeText.optional(),
      cycles_before: z.int().nonnegative().max(10_000_000).optional(),
      note: z.string().max(300).optional(),
    }),
    response: z.strictObject({ id: z.string() }),
    status: 201,
  }),
  removeComponent: defineRoute({
    id: 'removeComponent',
    method: 'POST',
    path: '/v1/spreaders/{id}/components/{serial}/remove',
    service,
    permission: 'alarms.write',
    summary: 'Take a component off the spreader.',
    body: z.strictObject({
      at: timeText.optional(),
      reason: z.string().min(1).max(200),
      scrapped: z.boolean().default(false),
    }),
    response: z.strictObject({ id: z.string() }),
  }),
} as const;

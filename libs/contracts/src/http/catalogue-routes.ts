import { z } from 'zod';
import { settingScope, settingValue } from '../setting';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

const service = 'condition-analysis' as const;

const place = {
  scope: settingScope,
  /** The type, model, terminal or spreader (id); null for the whole organisation. */
  of: z.string().min(1).max(100).nullable(),
};

const change = z.strictObject({
  setting: z.string().min(1).max(200),
  /** Null = not set here: what is set further up holds. */
  value: settingValue.nullable(),
});

const setting = z.strictObject({
  /** Place in the catalogue, e.g. `limits/hyd.press/ratio-below/plan`. */
  id: z.string(),
  group: z.string(),
  words: z.string(),
  unit: z.string(),
  kind: z.enum(['number', 'flag', 'text', 'list', 'choice']),
  value: settingValue,
  /** What it is when nobody sets it. */
  default: settingValue,
  /** Where the value comes from; `type-default`: what the catalogue says of the type of spreader. */
  origin: z.enum(['default', 'type-default', 'organisation', 'type', 'model', 'terminal', 'spreader']),
  low: z.number().nullable(),
  high: z.number().nullable(),
  choices: z.array(z.string()).nullable(),
  /** The edit that set it; null = nobody did. */
  edit_id: z.string().nullable(),
  changed_at: timeText.nullable(),
  changed_by: z.string().nullable(),
});

const edit = z.strictObject({
  id: z.string(),
  ...place,
  /** How it is called: the terminal's name, the spreader's number. */
  of_name: z.string().nullable(),
  /** `on`: it holds, or held until another edit; `waiting`: a second person must let it happen. */
  state: z.enum(['on', 'waiting', 'rejected']),
  reason: z.string(),
  by: z.string(),
  at: timeText,
  decided_by: z.string().nullable(),
  decided_at: timeText.nullable(),
  decision_reason: z.string().nullable(),
  reverts: z.string().nullable(),
  changes: z.array(
    z.strictObject({
      setting: z.string(),
      words: z.string(),
      unit: z.string(),
      before: settingValue.nullable(),
      value: settingValue.nullable(),
    }),
  ),
});

const reason = z.string().min(1).max(300);
const editAnswer = z.strictObject({ id: z.string(), state: z.enum(['on', 'waiting', 'rejected']) });

const counts = z.strictObject({
  raised: z.int(),
  /** Cases that a recorded stop, or a finding that technicians did not turn down, confirms within 24 h after. */
  confirmed: z.int(),
});

/** The catalogue of the analysis as data: limits, indicators, failure modes, types and models; its edits and their history. */
export const catalogueRoutes = {
  listSettings: defineRoute({
    id: 'listSettings',
    method: 'GET',
    path: '/v1/settings',
    service,
    permission: 'findings.read',
    summary:
      'Settings of the analysis as they hold for a spreader, terminal, model, type or the organisation, with their origin.',
    query: z.strictObject({
      ...pageQuery,
      scope: settingScope.default('organisation'),
      of: z.string().max(100).optional(),
      group: z.string().max(50).optional(),
      find: z.string().max(100).optional(),
      /** `true`: only those that somebody set. */
      changed: z.enum(['true', 'false']).default('false'),
    }),
    queryNames: true,
    response: pageOf(setting),
  }),
  listSettingEdits: defineRoute({
    id: 'listSettingEdits',
    method: 'GET',
    path: '/v1/settings/edits',
    service,
    permission: 'findings.read',
    summary: 'Who changed which setting, when and why, newest first; also what waits for a second person.',
    query: z.strictObject({
      ...pageQuery,
      scope: settingScope.optional(),
      of: z.string().max(100).optional(),
      setting: z.string().max(200).optional(),
      state: z.enum(['on', 'waiting', 'rejected', 'all']).default('all'),
    }),
    response: pageOf(edit),
  }),
  editSettings: defineRoute({
    id: 'editSettings',
    method: 'POST',
    path: '/v1/settings/edits',
    service,
    permission: 'fleet.write',
    summary:
      'Set settings for a model, a site or an asset. They hold for data from now on, or wait for a second person where the organisation asks for that.',
    body: z.strictObject({ ...place, changes: z.array(change).min(1).max(100), reason }),
    response: editAnswer,
    status: 201,
  }),
  decideSettingEdit: defineRoute({
    id: 'decideSettingEdit',
    method: 'POST',
    path: '/v1/settings/edits/{id}/decision',
    service,
    permission: 'fleet.write',
    summary: 'Let waiting settings hold, or turn them down; never let them hold by who wrote them.',
    body: z.strictObject({ outcome: z.enum(['approved', 'rejected']), reason }),
    response: editAnswer,
  }),
  revertSettingEdit: defineRoute({
    id: 'revertSettingEdit',
    method: 'POST',
    path: '/v1/settings/edits/{id}/revert',
    service,
    permission: 'fleet.write',
    summary: 'Set everything that an edit changed to what it was before it; this is an edit of its own.',
    body: z.strictObject({ reason }),
    response: editAnswer,
  }),
  backTestSettings: defineRoute({
    id: 'backTestSettings',
    method: 'POST',
    path: '/v1/settings/back-test',
    service,
    slow: true,
    permission: 'findings.read',
    summary:
      'How often indicators would have left normal on the history of the spreaders you may see (92 days at most), as it is and as proposed; nothing is stored.',
    body: z.strictObject({ ...place, changes: z.array(change).min(1).max(100), from: timeText, to: timeText }),
    response: z.strictObject({
      from: timeText,
      to: timeText,
      spreaders: z.int(),
      observations: z.int(),
      /** Settings that no indicator on record depends on: nothing can be said of them. */
      not_tested: z.array(z.string()),
      now: counts,
      proposed: counts,
      /** The same by failure mode, where its rule reads the indicator: a case counts for each such mode. */
      modes: z.array(z.strictObject({ failure_mode: z.string(), title: z.string(), now: counts, proposed: counts })),
      /** The first 200 cases. */
      cases: z.array(
        z.strictObject({
          spreader_id: z.string(),
          number: z.string(),
          indicator: z.string(),
          /** Failure modes whose rules read the indicator. */
          failure_modes: z.array(z.string()),
          level: z.enum(['watch', 'plan', 'act_now']),
          from: timeText,
          to: timeText.nullable(),
          with: z.enum(['now', 'proposed']),
          /** The stop or finding that confirms it. */
          confirmed_by: z.string().nullable(),
        }),
      ),
    }),
  }),
  listModels: defineRoute({
    id: 'listModels',
    method: 'GET',
    path: '/v1/models',
    service,
    permission: 'findings.read',
    summary:
      'Types and models of the spreaders you may see, and models that have settings before the first spreader, with their rated load and how many settings they have of their own.',
    response: z.strictObject({
      data: z.array(
        z.strictObject({
          model: z.string(),
          /** Empty while there is no spreader of the model. */
          type: z.string(),
          spreaders: z.int(),
          /** t. */
          rated_load: z.number(),
          own_settings: z.int(),
          type_settings: z.int(),
        }),
      ),
    }),
  }),
} as const;

import { z } from 'zod';
import { incidentLevel, incidentSource, peopleAtRisk } from '../incident';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

const incident = z.strictObject({
  id: z.string(),
  state: z.enum(['open', 'assessed', 'closed']),
  source: incidentSource,
  rule: z.string().nullable(),
  title: z.string(),
  description: z.string(),
  level: incidentLevel,
  about: z.string().nullable(),
  count: z.int(),
  first_at: timeText,
  last_at: timeText,
  opened_at: timeText,
  reported_by: z.string().nullable(),
  /** Null until somebody has judged it. */
  people_at_risk: peopleAtRisk.nullable(),
  vector: z.string().nullable(),
  scope: z.string().nullable(),
  assessed_at: timeText.nullable(),
  assessed_by: z.string().nullable(),
  outcome: z.enum(['remedied', 'accepted', 'no-incident']).nullable(),
  closed_at: timeText.nullable(),
  closed_by: z.string().nullable(),
  closing_reason: z.string().nullable(),
});

const service = 'audit-log' as const;

/** Security incidents: what rules see in the audit trail and what people report, until it is judged and over. */
export const incidentRoutes = {
  listIncidents: defineRoute({
    id: 'listIncidents',
    method: 'GET',
    path: '/v1/incidents',
    service,
    permission: 'audit.read',
    summary: 'Security incidents of the organisation, newest first.',
    query: z.strictObject({ ...pageQuery, state: z.enum(['open', 'assessed', 'closed']).optional() }),
    response: pageOf(incident),
  }),
  getIncident: defineRoute({
    id: 'getIncident',
    method: 'GET',
    path: '/v1/incidents/{id}',
    service,
    permission: 'audit.read',
    summary: 'One security incident.',
    response: incident,
  }),
  reportIncident: defineRoute({
    id: 'reportIncident',
    method: 'POST',
    path: '/v1/incidents',
    service,
    permission: null,
    summary: 'Report a security incident or a weakness; everybody who is signed in may.',
    body: z.strictObject({
      title: z.string().trim().min(3).max(120),
      description: z.string().trim().min(1).max(4000),
      source: incidentSource.exclude(['monitoring']).default('customer'),
      level: incidentLevel.default('medium'),
    }),
    response: z.strictObject({ id: z.string() }),
    status: 201,
  }),
  assessIncident: defineRoute({
    id: 'assessIncident',
    method: 'POST',
    path: '/v1/incidents/{id}/assessment',
    service,
    permission: 'incidents.write',
    summary: 'Judge an incident: whether people at machines can be in danger, how bad it is, what is touched.',
    body: z.strictObject({
      people_at_risk: peopleAtRisk,
      level: incidentLevel,
      vector: z
        .string()
        .regex(/^CVSS:4\.0(\/[A-Za-z]+:[A-Za-z]+)+$/)
        .max(300)
        .optional(),
      scope: z.string().trim().min(1).max(2000),
    }),
    changes: 'getIncident',
    response: incident,
  }),
  closeIncident: defineRoute({
    id: 'closeIncident',
    method: 'POST',
    path: '/v1/incidents/{id}/close',
    service,
    permission: 'incidents.write',
    summary: 'Close an incident that somebody has judged.',
    body: z.strictObject({
      outcome: z.enum(['remedied', 'accepted', 'no-incident']),
      reason: z.string().trim().min(3).max(2000),
    }),
    changes: 'getIncident',
    response: incident,
  }),
} as const;

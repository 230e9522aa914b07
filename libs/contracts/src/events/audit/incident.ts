import { z } from 'zod';
import { incidentLevel, incidentSource, peopleAtRisk } from '../../incident';
import { defineEvent } from '../define-event';

const fact = { topic: 'incidents', owner: 'audit-log', grade: 'fact' } as const;

export const incidentOpened = defineEvent({
  ...fact,
  type: 'incident-opened',
  doc: 'A rule saw something in the audit trail, or a person reported something, that a person must look at.',
  versions: [
    z.strictObject({
      incident: z.string(),
      source: incidentSource,
      /** The rule that saw it; null = a person reported it. */
      rule: z.string().nullable(),
      title: z.string(),
      description: z.string(),
      level: incidentLevel,
      /** Whom or what it is about, by id; null = not told. */
      about: z.string().nullable(),
      /** How many audit entries made it, and from when to when. */
      count: z.number(),
      firstAt: z.number(),
      lastAt: z.number(),
      /** Who reported it; null = a rule. */
      by: z.string().nullable(),
    }),
  ],
});

export const incidentSeenAgain = defineEvent({
  ...fact,
  type: 'incident-seen-again',
  doc: 'The rule saw more of the same while the incident was open.',
  versions: [z.strictObject({ incident: z.string(), count: z.number(), lastAt: z.number() })],
});

export const incidentAssessed = defineEvent({
  ...fact,
  type: 'incident-assessed',
  doc: 'A person has judged how bad an incident is, people at machines first.',
  versions: [
    z.strictObject({
      incident: z.string(),
      peopleAtRisk,
      level: incidentLevel,
      /** CVSS 4.0 vector where one fits; null = none. */
      vector: z.string().nullable(),
      /** What is touched: products, versions, organisations. */
      scope: z.string(),
      by: z.string(),
    }),
  ],
});

export const incidentClosed = defineEvent({
  ...fact,
  type: 'incident-closed',
  doc: 'An incident is over: remedied, accepted, or none.',
  versions: [
    z.strictObject({
      incident: z.string(),
      outcome: z.enum(['remedied', 'accepted', 'no-incident']),
      reason: z.string(),
      by: z.string(),
    }),
  ],
});

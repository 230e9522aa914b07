import { z } from 'zod';

/** How bad an incident is. */
export const incidentLevel = z.enum(['low', 'medium', 'high', 'critical']);

/** How bad an incident is. */
export type IncidentLevel = z.infer<typeof incidentLevel>;

/** Who noticed an incident: our own rules, a customer, the operator's people, a researcher, or the public. */
export const incidentSource = z.enum(['monitoring', 'customer', 'internal', 'researcher', 'public']);

/** Whether people at machines can be in danger; asked before anything else, and `unknown` counts as yes. */
export const peopleAtRisk = z.enum(['yes', 'unknown', 'no']);

/** Whether people at machines can be in danger. */
export type PeopleAtRisk = z.infer<typeof peopleAtRisk>;

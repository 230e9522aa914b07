import { z } from 'zod';
import { sandboxScenarioNames } from '../sandbox';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

const run = z.strictObject({
  id: z.string(),
  scenario: z.enum(sandboxScenarioNames),
  /** Number of the spreader that it happens to; null when it happens to several, or none has been chosen yet. */
  spreader: z.string().nullable(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** What was done, or why it could not be. */
  detail: z.string().nullable(),
  started_at: timeText,
  ended_at: timeText.nullable(),
});

const service = 'fleet' as const;

/** Things that can be made to happen to the simulated spreaders of the sandbox; elsewhere there are none. */
export const sandboxRoutes = {
  listSandboxScenarios: defineRoute({
    id: 'listSandboxScenarios',
    method: 'GET',
    path: '/v1/sandbox/scenarios',
    service,
    permission: 'fleet.read',
    summary: 'What can be made to happen in the sandbox; none when yours is not the sandbox.',
    response: z.strictObject({
      data: z.array(z.strictObject({ name: z.enum(sandboxScenarioNames), title: z.string(), effect: z.string() })),
    }),
  }),
  startSandboxRun: defineRoute({
    id: 'startSandboxRun',
    method: 'POST',
    path: '/v1/sandbox/runs',
    service,
    permission: 'fleet.write',
    summary: 'Make a scenario happen; begins within seconds.',
    body: z.strictObject({
      scenario: z.enum(sandboxScenarioNames),
      /** Number of a simulated spreader; by default one that is well is chosen. */
      spreader: z.string().min(1).max(60).optional(),
    }),
    response: run,
    status: 202,
  }),
  listSandboxRuns: defineRoute({
    id: 'listSandboxRuns',
    method: 'GET',
    path: '/v1/sandbox/runs',
    service,
    permission: 'fleet.read',
    summary: 'Scenarios that were started, newest first.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(run),
  }),
  getSandboxRun: defineRoute({
    id: 'getSandboxRun',
    method: 'GET',
    path: '/v1/sandbox/runs/{id}',
    service,
    permission: 'fleet.read',
    summary: 'One scenario that was started.',
    response: run,
  }),
};

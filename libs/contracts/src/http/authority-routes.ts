import { z } from 'zod';
import { customRole, heldRole, permissions, roleScope } from '../access';
import { defineRoute } from './define-route';
import { timeText } from './schemas';

const service = 'user-access' as const;
const read = { service, permission: 'access.read' } as const;
const write = { service, permission: 'access.write', freshSignIn: true } as const;
const permission = z.enum(permissions);
const reason = z.string().min(1).max(200);

const role = z.strictObject({
  id: customRole,
  name: z.string(),
  permissions: z.array(permission),
  retired: z.boolean(),
});

const delegation = z.strictObject({
  id: z.string(),
  partner: z.string(),
  permissions: z.array(permission),
  scope: roleScope,
  until: timeText,
  reason: z.string(),
  granted_by: z.string(),
  granted_at: timeText,
  ended_at: timeText.nullable(),
});

const approval = z.strictObject({
  id: z.string(),
  action: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  requested_by: z.string(),
  requested_at: timeText,
  expires_at: timeText,
  outcome: z.enum(['approved', 'rejected']).nullable(),
  decided_by: z.string().nullable(),
  decided_at: timeText.nullable(),
  reason: z.string().nullable(),
});

const review = z.strictObject({
  id: z.string(),
  opened_by: z.string(),
  opened_at: timeText,
  due_at: timeText,
  closed_at: timeText.nullable(),
  items: z.array(
    z.strictObject({
      id: z.string(),
      user: z.string(),
      role: heldRole,
      scope: roleScope,
      outcome: z.enum(['keep', 'revoke']).nullable(),
      decided_by: z.string().nullable(),
      decided_at: timeText.nullable(),
      reason: z.string().nullable(),
    }),
  ),
});

/** Operations on roles, delegations, approvals, reviews and emergency access. */
export const authorityRoutes = {
  listRoles: defineRoute({
    ...read,
    id: 'listRoles',
    method: 'GET',
    path: '/v1/roles',
    summary: "The organisation's own roles.",
    response: z.strictObject({ data: z.array(role) }),
  }),
  createRole: defineRoute({
    ...write,
    id: 'createRole',
    method: 'POST',
    path: '/v1/roles',
    summary: 'Make a role out of a part of what you may do yourself.',
    body: z.strictObject({ name: z.string().trim().min(1).max(60), permissions: z.array(permission).min(1) }),
    response: role,
    status: 201,
  }),
  changeRole: defineRoute({
    ...write,
    id: 'changeRole',
    method: 'PUT',
    path: '/v1/roles/{id}',
    summary: 'Change what a role of your organisation allows; works with the next request of everybody who holds it.',
    body: z.strictObject({ name: z.string().trim().min(1).max(60), permissions: z.array(permission).min(1) }),
    response: role,
  }),
  retireRole: defineRoute({
    ...write,
    id: 'retireRole',
    method: 'DELETE',
    path: '/v1/roles/{id}',
    summary: 'A role of your organisation gives nothing any more.',
    response: role,
  }),
  listDelegations: defineRoute({
    ...read,
    id: 'listDelegations',
    method: 'GET',
    path: '/v1/delegations',
    summary: 'Which organisations are let in to some of your assets, and who did so.',
    response: z.strictObject({ data: z.array(delegation) }),
  }),
  createDelegation: defineRoute({
    ...write,
    id: 'createDelegation',
    method: 'POST',
    path: '/v1/delegations',
    summary:
      'Let people of a service partner (or of the platform) work on some terminals until a time, a year at most.',
    body: z.strictObject({
      partner: z.string().min(1).max(100),
      permissions: z.array(permission).min(1),
      scope: roleScope,
      until: timeText,
      reason,
    }),
    response: delegation,
    status: 201,
  }),
  endDelegation: defineRoute({
    ...write,
    id: 'endDelegation',
    method: 'DELETE',
    path: '/v1/delegations/{id}',
    summary: 'Let them in no more; works with their next request.',
    response: delegation,
  }),
  listOwnOrganisations: defineRoute({
    service,
    permission: null,
    id: 'listOwnOrganisations',
    method: 'GET',
    path: '/v1/me/organisations',
    summary: 'The organisations you can work for: your own, and those that let yours in.',
    response: z.strictObject({
      data: z.array(z.strictObject({ id: z.string(), name: z.string(), own: z.boolean(), current: z.boolean() })),
    }),
  }),
  chooseOrganisation: defineRoute({
    service,
    permission: null,
    id: 'chooseOrganisation',
    method: 'PUT',
    path: '/v1/me/organisation',
    summary: 'Work for another organisation in this session, or for your own again.',
    body: z.strictObject({ id: z.string().min(1).max(100) }),
    response: z.strictObject({ id: z.string() }),
  }),
  listApprovals: defineRoute({
    ...read,
    id: 'listApprovals',
    method: 'GET',
    path: '/v1/approvals',
    summary: 'What takes two people: what waits for the second, and what became of the rest; the newest 200.',
    response: z.strictObject({ data: z.array(approval) }),
  }),
  decideApproval: defineRoute({
    ...write,
    id: 'decideApproval',
    method: 'POST',
    path: '/v1/approvals/{id}/decision',
    summary: 'Let happen what somebody else has asked for, or not.',
    body: z.strictObject({ outcome: z.enum(['approved', 'rejected']), reason }),
    response: approval,
  }),
  breakGlass: defineRoute({
    service,
    permission: 'access.break_glass',
    freshSignIn: true,
    id: 'breakGlass',
    method: 'POST',
    path: '/v1/break-glass',
    summary:
      'Make yourself administrator for an hour in an emergency. Everybody who looks after access is told at once.',
    body: z.strictObject({ reason: z.string().min(10).max(500) }),
    response: z.strictObject({ until: timeText }),
  }),
  listReviews: defineRoute({
    ...read,
    id: 'listReviews',
    method: 'GET',
    path: '/v1/access-reviews',
    summary: 'Reviews of who holds what, with who decided what and when: the evidence for an auditor.',
    response: z.strictObject({ data: z.array(review) }),
  }),
  openReview: defineRoute({
    ...write,
    id: 'openReview',
    method: 'POST',
    path: '/v1/access-reviews',
    summary: 'Begin a review of every role that somebody holds now.',
    body: z.strictObject({ due_at: timeText }),
    response: review,
    status: 201,
  }),
  decideReviewItem: defineRoute({
    ...write,
    id: 'decideReviewItem',
    method: 'POST',
    path: '/v1/access-reviews/{id}/items/{item}',
    summary: 'A role stays, or goes at once; nobody keeps their own.',
    body: z.strictObject({ outcome: z.enum(['keep', 'revoke']), reason: z.string().max(200).default('') }),
    response: review,
  }),
  closeReview: defineRoute({
    ...write,
    id: 'closeReview',
    method: 'POST',
    path: '/v1/access-reviews/{id}/close',
    summary: 'End a review in which everything is decided.',
    response: review,
  }),
} as const;

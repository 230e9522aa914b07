import { z } from 'zod';
import { defineEvent } from '../define-event';
import { certificateName, clientMethod, customRole, heldRole, roleName, roleScope } from '../../access';

const fact = { topic: 'access', owner: 'user-access', grade: 'fact' } as const;

/** Name and e-mail are personal data: they live only in user-access' own table, never in an event. */
export const userInvited = defineEvent({
  ...fact,
  type: 'user-invited',
  doc: 'A person may join the organisation by a one-time link.',
  versions: [z.strictObject({ user: z.string(), by: z.string(), expiresAt: z.number() })],
});

export const userRegistered = defineEvent({
  ...fact,
  type: 'user-registered',
  doc: 'A person set a password and can sign in.',
  versions: [z.strictObject({ user: z.string() })],
});

export const roleGranted = defineEvent({
  ...fact,
  type: 'role-granted',
  doc: 'A user got a role in a scope.',
  versions: [
    z.strictObject({ user: z.string(), role: roleName, scope: roleScope, by: z.string() }),
    // From v2 on a grant may end by itself: ms UTC, null = it stays.
    z.strictObject({
      user: z.string(),
      role: roleName,
      scope: roleScope,
      by: z.string(),
      until: z.number().nullable(),
    }),
    // From v3 on the role may be one of the organisation's own.
    z.strictObject({
      user: z.string(),
      role: heldRole,
      scope: roleScope,
      by: z.string(),
      until: z.number().nullable(),
    }),
  ],
  upcasts: [(data: object) => ({ ...data, until: null }), (data: object) => data],
});

export const roleRevoked = defineEvent({
  ...fact,
  type: 'role-revoked',
  doc: 'A user lost a role in a scope.',
  versions: [
    z.strictObject({ user: z.string(), role: roleName, scope: roleScope, by: z.string() }),
    z.strictObject({ user: z.string(), role: heldRole, scope: roleScope, by: z.string() }),
  ],
  upcasts: [(data: object) => data],
});

export const userDisabled = defineEvent({
  ...fact,
  type: 'user-disabled',
  doc: 'A user can no longer sign in; all sessions end.',
  versions: [z.strictObject({ user: z.string(), by: z.string(), reason: z.string() })],
});

export const userEnabled = defineEvent({
  ...fact,
  type: 'user-enabled',
  doc: 'A user who was disabled can sign in again.',
  versions: [z.strictObject({ user: z.string(), by: z.string() })],
});

const client = { client: z.string(), by: z.string() };
/** What there was before programs could prove themselves by certificate. */
const methodBefore = z.enum(['client_secret_basic', 'private_key_jwt']);

export const clientRegistered = defineEvent({
  ...fact,
  type: 'client-registered',
  doc: 'A program of a partner may sign in with what its roles allow.',
  versions: [
    z.strictObject({
      ...client,
      name: z.string(),
      method: methodBefore,
      roles: z.array(z.strictObject({ role: roleName, scope: roleScope })),
    }),
    // From v2 on a program may act for people (redirectUris not empty), and say how its tokens are bound.
    z.strictObject({
      ...client,
      name: z.string(),
      method: methodBefore,
      roles: z.array(z.strictObject({ role: heldRole, scope: roleScope })),
      redirectUris: z.array(z.string()),
      logoutUri: z.string().nullable(),
      dpop: z.boolean(),
      par: z.boolean(),
    }),
    // From v3 on it may prove itself by a certificate, and have its tokens bound to the one it has shown (RFC 8705).
    z.strictObject({
      ...client,
      name: z.string(),
      method: clientMethod,
      roles: z.array(z.strictObject({ role: heldRole, scope: roleScope })),
      redirectUris: z.array(z.string()),
      logoutUri: z.string().nullable(),
      dpop: z.boolean(),
      par: z.boolean(),
      certificateName: certificateName.nullable(),
      certificateBound: z.boolean(),
    }),
  ],
  upcasts: [
    (data: object) => ({ ...data, redirectUris: [], logoutUri: null, dpop: false, par: false }),
    (data: object) => ({ ...data, certificateName: null, certificateBound: false }),
  ],
});

export const clientRevoked = defineEvent({
  ...fact,
  type: 'client-revoked',
  doc: 'A program can no longer sign in; its tokens are void.',
  versions: [z.strictObject(client)],
});

export const roleDefined = defineEvent({
  ...fact,
  type: 'role-defined',
  doc: 'An organisation made a role of its own, or changed what it allows.',
  versions: [z.strictObject({ role: customRole, name: z.string(), permissions: z.array(z.string()), by: z.string() })],
});

export const roleRetired = defineEvent({
  ...fact,
  type: 'role-retired',
  doc: 'A role of an organisation gives nothing any more.',
  versions: [z.strictObject({ role: customRole, by: z.string() })],
});

export const delegationGranted = defineEvent({
  ...fact,
  type: 'delegation-granted',
  doc: 'An organisation lets people of a partner work on some of its assets for a time.',
  versions: [
    z.strictObject({
      delegation: z.string(),
      partner: z.string(),
      permissions: z.array(z.string()),
      scope: roleScope,
      until: z.number(),
      reason: z.string(),
      by: z.string(),
    }),
  ],
});

export const delegationEnded = defineEvent({
  ...fact,
  type: 'delegation-ended',
  doc: 'People of a partner can no longer work on assets of the organisation.',
  versions: [z.strictObject({ delegation: z.string(), by: z.string() })],
});

export const approvalRequested = defineEvent({
  ...fact,
  type: 'approval-requested',
  doc: 'Somebody wants to do what takes two people; nothing has happened yet.',
  versions: [
    z.strictObject({
      approval: z.string(),
      action: z.string(),
      parameters: z.record(z.string(), z.unknown()),
      by: z.string(),
      expiresAt: z.number(),
    }),
  ],
});

export const approvalDecided = defineEvent({
  ...fact,
  type: 'approval-decided',
  doc: 'A second person has let it happen, or not.',
  versions: [
    z.strictObject({
      approval: z.string(),
      outcome: z.enum(['approved', 'rejected']),
      by: z.string(),
      reason: z.string(),
    }),
  ],
});

export const glassBroken = defineEvent({
  ...fact,
  type: 'glass-broken',
  doc: 'Somebody made themselves administrator in an emergency, for a time.',
  versions: [z.strictObject({ user: z.string(), reason: z.string(), until: z.number() })],
});

export const reviewOpened = defineEvent({
  ...fact,
  type: 'review-opened',
  doc: 'Who holds what in an organisation is looked through; the list is as of this moment.',
  versions: [
    z.strictObject({
      review: z.string(),
      by: z.string(),
      dueAt: z.number(),
      items: z.array(z.strictObject({ item: z.string(), user: z.string(), role: heldRole, scope: roleScope })),
    }),
  ],
});

export const reviewItemDecided = defineEvent({
  ...fact,
  type: 'review-item-decided',
  doc: 'A role that somebody holds was looked at in a review: it stays, or it goes.',
  versions: [
    z.strictObject({
      review: z.string(),
      item: z.string(),
      outcome: z.enum(['keep', 'revoke']),
      by: z.string(),
      reason: z.string(),
    }),
  ],
});

export const reviewClosed = defineEvent({
  ...fact,
  type: 'review-closed',
  doc: 'Every role of a review was looked at.',
  versions: [z.strictObject({ review: z.string(), by: z.string(), kept: z.number(), revoked: z.number() })],
});

export const accessPolicySet = defineEvent({
  ...fact,
  type: 'access-policy-set',
  doc: 'An organisation says what it demands at sign-in, and whether what is dangerous takes two people.',
  versions: [
    z.strictObject({
      secondFactor: z.enum(['required', 'offered', 'off']),
      fourEyes: z.boolean(),
      by: z.string(),
    }),
  ],
});

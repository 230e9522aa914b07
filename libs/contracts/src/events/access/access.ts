import { z } from 'zod';
import { defineEvent } from '../define-event';
import { clientMethod, heldRole, roleName, roleScope } from '../../access';

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

export const clientRegistered = defineEvent({
  ...fact,
  type: 'client-registered',
  doc: 'A program of a partner may sign in with what its roles allow.',
  versions: [
    z.strictObject({
      ...client,
      name: z.string(),
      method: clientMethod,
      roles: z.array(z.strictObject({ role: roleName, scope: roleScope })),
    }),
    // From v2 on a program may act for people (redirectUris not empty), and say how its tokens are bound.
    z.strictObject({
      ...client,
      name: z.string(),
      method: clientMethod,
      roles: z.array(z.strictObject({ role: heldRole, scope: roleScope })),
      redirectUris: z.array(z.string()),
      logoutUri: z.string().nullable(),
      dpop: z.boolean(),
      par: z.boolean(),
    }),
  ],
  upcasts: [(data: object) => ({ ...data, redirectUris: [], logoutUri: null, dpop: false, par: false })],
});

export const clientRevoked = defineEvent({
  ...fact,
  type: 'client-revoked',
  doc: 'A program can no longer sign in; its tokens are void.',
  versions: [z.strictObject(client)],
});

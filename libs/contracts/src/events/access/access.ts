import { z } from 'zod';
import { defineEvent } from '../define-event';
import { roleName, roleScope } from '../../access';

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
  versions: [z.strictObject({ user: z.string(), role: roleName, scope: roleScope, by: z.string() })],
});

export const roleRevoked = defineEvent({
  ...fact,
  type: 'role-revoked',
  doc: 'A user lost a role in a scope.',
  versions: [z.strictObject({ user: z.string(), role: roleName, scope: roleScope, by: z.string() })],
});

export const userDisabled = defineEvent({
  ...fact,
  type: 'user-disabled',
  doc: 'A user can no longer sign in; all sessions end.',
  versions: [z.strictObject({ user: z.string(), by: z.string(), reason: z.string() })],
});

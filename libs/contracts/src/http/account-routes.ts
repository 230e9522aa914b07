import { z } from 'zod';
import { defineRoute } from './define-route';
import { timeText } from './schemas';

const own = { service: 'user-access', permission: null } as const;
const change = { ...own, freshSignIn: true } as const;
const codes = z.strictObject({ recovery_codes: z.array(z.string()) });
const code = z.string().min(1).max(64);

/** Operations of a person on their own account. Programs are refused. */
export const accountRoutes = {
  getOwnSecurity: defineRoute({
    ...own,
    id: 'getOwnSecurity',
    method: 'GET',
    path: '/v1/me/security',
    summary:
      'Your ways to sign in, and what you should know about: sign-ins from devices not seen before, changes of how you sign in.',
    response: z.strictObject({
      second_factor: z.enum(['required', 'offered', 'off']),
      password: z.boolean(),
      totp: z.boolean(),
      passkeys: z.array(
        z.strictObject({ id: z.string(), name: z.string(), created_at: timeText, last_used_at: timeText.nullable() }),
      ),
      recovery_codes_left: z.int(),
      notices: z.array(
        z.strictObject({
          id: z.string(),
          kind: z.enum([
            'new_device',
            'password_changed',
            'factor_added',
            'factor_removed',
            'recovery_code_used',
            'break_glass',
          ]),
          at: timeText,
          address: z.string().nullable(),
          user_agent: z.string().nullable(),
        }),
      ),
    }),
  }),
  dismissNotice: defineRoute({
    ...own,
    id: 'dismissNotice',
    method: 'DELETE',
    path: '/v1/me/notices/{id}',
    summary: 'You have read a notice; it is not shown again.',
    response: z.strictObject({ dismissed: z.int() }),
  }),
  listConsents: defineRoute({
    ...own,
    id: 'listConsents',
    method: 'GET',
    path: '/v1/me/consents',
    summary: 'Programs that you let act for you, as long as they hold something by it.',
    response: z.strictObject({
      data: z.array(
        z.strictObject({
          id: z.string(),
          client_id: z.string(),
          client_name: z.string(),
          permissions: z.array(z.string()),
          /** True when it may also act while you are away. */
          offline: z.boolean(),
          given_at: timeText,
          until: timeText,
        }),
      ),
    }),
  }),
  endConsent: defineRoute({
    ...own,
    id: 'endConsent',
    method: 'DELETE',
    path: '/v1/me/consents/{id}',
    summary: 'Let a program act for you no more; its tokens are void at once.',
    response: z.strictObject({ ended: z.int() }),
  }),
  changePassword: defineRoute({
    ...change,
    id: 'changePassword',
    method: 'POST',
    path: '/v1/me/password',
    summary: 'Change your password; you are signed out everywhere else.',
    body: z.strictObject({ current: z.string().max(512), next: z.string().max(512) }),
    response: z.strictObject({ ended: z.int() }),
  }),
  beginPasskey: defineRoute({
    ...change,
    id: 'beginPasskey',
    method: 'POST',
    path: '/v1/me/passkeys/options',
    summary: 'What your browser needs to make a passkey (PublicKeyCredentialCreationOptionsJSON).',
    response: z.strictObject({ options: z.record(z.string(), z.unknown()) }),
  }),
  addPasskey: defineRoute({
    ...change,
    id: 'addPasskey',
    method: 'POST',
    path: '/v1/me/passkeys',
    summary: 'Keep the passkey that your browser has made; with recovery codes when you had none.',
    body: z.strictObject({ name: z.string().min(1).max(60), response: z.record(z.string(), z.unknown()) }),
    response: codes,
    status: 201,
  }),
  removePasskey: defineRoute({
    ...change,
    id: 'removePasskey',
    method: 'DELETE',
    path: '/v1/me/passkeys/{id}',
    summary: 'Forget one of your passkeys; not the last second factor where one is required.',
    response: z.strictObject({ removed: z.int() }),
  }),
  beginTotp: defineRoute({
    ...change,
    id: 'beginTotp',
    method: 'POST',
    path: '/v1/me/totp',
    summary: 'The secret for an authenticator app; it counts when it is confirmed with a code.',
    response: z.strictObject({ secret: z.string(), uri: z.string() }),
  }),
  confirmTotp: defineRoute({
    ...change,
    id: 'confirmTotp',
    method: 'POST',
    path: '/v1/me/totp/confirmation',
    summary: 'Confirm the authenticator app with a first code; the answer has fresh recovery codes.',
    body: z.strictObject({ code }),
    response: codes,
  }),
  removeTotp: defineRoute({
    ...change,
    id: 'removeTotp',
    method: 'DELETE',
    path: '/v1/me/totp',
    summary: 'Forget your authenticator app; not the last second factor where one is required.',
    response: z.strictObject({ removed: z.int() }),
  }),
  newRecoveryCodes: defineRoute({
    ...change,
    id: 'newRecoveryCodes',
    method: 'POST',
    path: '/v1/me/recovery-codes',
    summary: 'Fresh recovery codes, shown this once; the older ones are void.',
    response: codes,
  }),
} as const;

import { z } from 'zod';
import { certificateName, clientMethod, heldRole, permissions, roleScope } from '../access';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

/** A role that somebody holds; `until` is there when it ends by itself. */
export const grantedRole = z.strictObject({ role: heldRole, scope: roleScope, until: timeText.optional() });

const scopedRole = z.strictObject({ role: heldRole, scope: roleScope });

const user = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  state: z.enum(['invited', 'active', 'disabled']),
  roles: z.array(grantedRole),
  factors: z.array(z.enum(['totp', 'passkey', 'recovery_codes'])),
});

const session = z.strictObject({
  id: z.string(),
  /** True for the session that asks. */
  current: z.boolean(),
  created_at: timeText,
  last_seen_at: timeText,
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
});

const actsForPeople = z.strictObject({
  redirect_uris: z.array(z.url().max(500)).min(1).max(10),
  /** Where it is told that a person has signed out (OpenID Connect Back-Channel Logout). */
  logout_uri: z.url().max(500).optional(),
});

const client = z.strictObject({
  id: z.string(),
  name: z.string(),
  method: clientMethod,
  acts_for_people: actsForPeople.nullable(),
  /** True when its tokens work only with a proof of its key (DPoP). */
  dpop: z.boolean(),
  /** True when it must push its authorization requests. */
  par: z.boolean(),
  /** The name that its certificate must bear (tls_client_auth). */
  certificate_name: certificateName.nullable(),
  /** True when its tokens work only together with the certificate that it showed when it got them. */
  certificate_bound: z.boolean(),
  roles: z.array(scopedRole),
  permissions: z.array(z.enum(permissions)),
  created_at: timeText,
  revoked_at: timeText.nullable(),
  last_used_at: timeText.nullable(),
});

const policy = z.strictObject({
  second_factor: z.enum(['required', 'offered', 'off']),
  /** True when what is dangerous takes two people. */
  four_eyes: z.boolean(),
});

const jwk = z
  .looseObject({
    kty: z.enum(['EC', 'OKP', 'RSA']),
    kid: z.string().max(200).optional(),
    x: z.string().max(1000).optional(),
    y: z.string().max(1000).optional(),
    n: z.string().max(2000).optional(),
    e: z.string().max(10).optional(),
    crv: z.string().max(20).optional(),
  })
  .refine((key) => !('d' in key) && !('k' in key), 'Send the public key only.');

const service = 'user-access' as const;
const write = { service, permission: 'access.write', freshSignIn: true } as const;

/** Operations on users, sessions, factors and API clients. */
export const accessRoutes = {
  getUser: defineRoute({
    id: 'getUser',
    method: 'GET',
    path: '/v1/users/{id}',
    service,
    permission: 'access.read',
    summary: 'One person with their roles and factors.',
    response: user,
  }),
  grantRole: defineRoute({
    ...write,
    id: 'grantRole',
    method: 'POST',
    path: '/v1/users/{id}/roles',
    summary: 'Give a role in a scope, for good or until a time; works with the next request.',
    body: grantedRole,
    response: user,
  }),
  revokeRole: defineRoute({
    ...write,
    id: 'revokeRole',
    method: 'POST',
    path: '/v1/users/{id}/roles/revoke',
    summary: 'Take a role in a scope away; works with the next request.',
    body: scopedRole,
    response: user,
  }),
  disableUser: defineRoute({
    ...write,
    id: 'disableUser',
    method: 'POST',
    path: '/v1/users/{id}/disable',
    summary: 'Shut a person out and end all their sessions.',
    body: z.strictObject({ reason: z.string().min(1).max(200) }),
    response: user,
  }),
  enableUser: defineRoute({
    ...write,
    id: 'enableUser',
    method: 'POST',
    path: '/v1/users/{id}/enable',
    summary: 'Let a person in again.',
    response: user,
  }),
  resetFactors: defineRoute({
    ...write,
    id: 'resetFactors',
    method: 'POST',
    path: '/v1/users/{id}/factors/reset',
    summary: 'Forget the second factors of a person who lost them; all their sessions end.',
    response: user,
  }),
  listUserSessions: defineRoute({
    id: 'listUserSessions',
    method: 'GET',
    path: '/v1/users/{id}/sessions',
    service,
    permission: 'access.read',
    summary: 'Where a person is signed in.',
    response: z.strictObject({ data: z.array(session) }),
  }),
  endUserSessions: defineRoute({
    ...write,
    id: 'endUserSessions',
    method: 'DELETE',
    path: '/v1/users/{id}/sessions',
    summary: 'Sign a person out everywhere.',
    response: z.strictObject({ ended: z.int() }),
  }),
  listOwnSessions: defineRoute({
    id: 'listOwnSessions',
    method: 'GET',
    path: '/v1/me/sessions',
    service,
    permission: null,
    summary: 'Where you are signed in.',
    response: z.strictObject({ data: z.array(session) }),
  }),
  endOwnSession: defineRoute({
    id: 'endOwnSession',
    method: 'DELETE',
    path: '/v1/me/sessions/{id}',
    service,
    permission: null,
    summary: 'End one of your sessions.',
    response: z.strictObject({ ended: z.int() }),
  }),
  getAccessPolicy: defineRoute({
    id: 'getAccessPolicy',
    method: 'GET',
    path: '/v1/access-policy',
    service,
    permission: 'access.read',
    summary: 'Whether a second factor is required in the organisation, and whether what is dangerous takes two people.',
    response: policy,
  }),
  setAccessPolicy: defineRoute({
    ...write,
    id: 'setAccessPolicy',
    method: 'PUT',
    path: '/v1/access-policy',
    summary: 'Set what the organisation demands; a second factor from the next sign-in on, two people at once.',
    body: policy.extend({ four_eyes: z.boolean().default(false) }),
    response: policy,
  }),
  listApiClients: defineRoute({
    id: 'listApiClients',
    method: 'GET',
    path: '/v1/api-clients',
    service,
    permission: 'access.read',
    summary: 'Programs that may use the API.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(client),
  }),
  createApiClient: defineRoute({
    ...write,
    id: 'createApiClient',
    method: 'POST',
    path: '/v1/api-clients',
    summary:
      'Register a program. Its secret is shown this once; with private_key_jwt send its public keys instead, with tls_client_auth the name in its certificate, with self_signed_tls_client_auth its certificates.',
    body: z.strictObject({
      name: z.string().min(1).max(100),
      method: clientMethod.default('client_secret_basic'),
      jwks: z.strictObject({ keys: z.array(jwk).min(1).max(5) }).optional(),
      certificate_name: certificateName.optional(),
      /** PEM; two while one takes over from the other. */
      certificates: z.array(z.string().max(16_384)).min(1).max(5).optional(),
      /** By default where it proves itself by certificate. */
      certificate_bound: z.boolean().optional(),
      acts_for_people: actsForPeople.optional(),
      dpop: z.boolean().default(false),
      par: z.boolean().default(false),
      roles: z.array(scopedRole).min(1).max(20),
    }),
    response: client.extend({ client_secret: z.string().nullable(), token_endpoint: z.string() }),
    status: 201,
  }),
  rotateApiClient: defineRoute({
    ...write,
    id: 'rotateApiClient',
    method: 'POST',
    path: '/v1/api-clients/{id}/rotate',
    summary: 'A new secret for a program, shown this once; the one before works for a day more.',
    response: client.extend({ client_secret: z.string(), previous_until: timeText }),
  }),
  revokeApiClient: defineRoute({
    ...write,
    id: 'revokeApiClient',
    method: 'DELETE',
    path: '/v1/api-clients/{id}',
    summary: 'Shut a program out; its tokens are void at once.',
    response: client,
  }),
} as const;

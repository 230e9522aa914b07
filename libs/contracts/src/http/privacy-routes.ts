import { z } from 'zod';
import { defineRoute } from './define-route';

const service = 'user-access' as const;

/** Operations on personal data. */
export const privacyRoutes = {
  exportOwnData: defineRoute({
    service,
    permission: null,
    id: 'exportOwnData',
    method: 'GET',
    path: '/v1/me/personal-data',
    summary: 'Everything that is kept about you as a person (GDPR articles 15 and 20).',
    response: z.strictObject({
      id: z.string(),
      name: z.string().nullable(),
      email: z.string().nullable(),
      external_identities: z.array(z.strictObject({ issuer: z.string(), subject: z.string() })),
      sessions: z.array(z.strictObject({ address: z.string().nullable(), user_agent: z.string().nullable() })),
      notices: z.array(z.strictObject({ address: z.string().nullable(), user_agent: z.string().nullable() })),
    }),
  }),
  eraseUser: defineRoute({
    service,
    permission: 'access.write',
    freshSignIn: true,
    id: 'eraseUser',
    method: 'DELETE',
    path: '/v1/users/{id}',
    summary:
      'Forget a person: name, e-mail, ways to sign in, devices (GDPR article 17). Their id stays in the audit trail and names nobody.',
    response: z.strictObject({ id: z.string() }),
  }),
} as const;

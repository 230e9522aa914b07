import { z } from 'zod';

/** Roles as data; what each may do is decided by `can` in domain/access. */
export const roleName = z.enum([
  'viewer',
  'engineer',
  'planner',
  'fleet_manager',
  'security_officer',
  'administrator',
  'partner',
  'operator',
]);

/** Name of a role. */
export type RoleName = z.infer<typeof roleName>;

/** Where a role holds: the whole organisation, or only the named terminals. */
export const roleScope = z.union([
  z.literal('organisation'),
  z.strictObject({ terminals: z.array(z.string()).min(1) }),
]);

/** Where a role holds. */
export type RoleScope = z.infer<typeof roleScope>;

/** How a program proves itself at the token endpoint. */
export const clientMethod = z.enum(['client_secret_basic', 'private_key_jwt']);

/** What a request may touch; the last word is the verb. Also the OAuth scopes of the API. */
export const permissions = [
  'spreaders.read',
  'series.read',
  'moves.read',
  'findings.read',
  'alarms.read',
  'alarms.write',
  'fleet.read',
  'fleet.write',
  'devices.read',
  'devices.write',
  'access.read',
  'access.write',
  'audit.read',
  'webhooks.read',
  'webhooks.write',
  'events.read',
  'dead_letters.read',
  'dead_letters.write',
] as const;

/** A permission, also the OAuth scope of the same name. */
export type Permission = (typeof permissions)[number];

/** Who acts: the gateway puts it into the signed internal token; services read it only from there (law L4). */
export const principal = z.strictObject({
  kind: z.enum(['user', 'client', 'service']),
  id: z.string(),
  org: z.string(),
  roles: z.array(z.strictObject({ role: roleName, scope: roleScope })),
  /** The portal's session that the request came with, by its public id; absent for programs and services. */
  session: z.string().optional(),
});

/** Who acts. */
export type Principal = z.infer<typeof principal>;

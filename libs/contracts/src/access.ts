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

/** A role that an organisation has made itself, out of a part of the permissions. */
export const customRole = z.templateLiteral(['rol_', z.string()]);

/** A role that can be held: one that every organisation has, or one of its own. */
export const heldRole = z.union([roleName, customRole]);

/** A role that can be held. */
export type HeldRole = z.infer<typeof heldRole>;

/** Where a role holds: the whole organisation, or only the named terminals. */
export const roleScope = z.union([
  z.literal('organisation'),
  z.strictObject({ terminals: z.array(z.string()).min(1) }),
]);

/** Where a role holds. */
export type RoleScope = z.infer<typeof roleScope>;

/** How a program proves itself at the token endpoint; the last two by a certificate in the TLS handshake (RFC 8705). */
export const clientMethod = z.enum([
  'client_secret_basic',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
]);

/** The name in a certificate of a trusted authority that stands for a program: one DNS name or one URI among its alternative names. */
export const certificateName = z.union([
  z.strictObject({ dns: z.string().min(1).max(253) }),
  z.strictObject({ uri: z.url().max(500) }),
]);

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
  'access.break_glass',
  'audit.read',
  'incidents.write',
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
  roles: z.array(
    z.strictObject({
      role: heldRole,
      scope: roleScope,
      /** What an organisation's own role allows; absent for the roles that everybody has. */
      permissions: z.array(z.enum(permissions)).optional(),
    }),
  ),
  /** Where the person belongs, when they act for another organisation that has let theirs in. */
  home: z.string().optional(),
  /** The portal's session that the request came with, by its public id; absent for programs and services. */
  session: z.string().optional(),
});

/** Who acts. */
export type Principal = z.infer<typeof principal>;

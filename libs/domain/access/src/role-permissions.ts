import { permissions, type Permission, type RoleName } from '@quaywatch/contracts';

const look = [
  'spreaders.read',
  'series.read',
  'moves.read',
  'findings.read',
  'alarms.read',
  'fleet.read',
  'events.read',
] as const;

/**
 * What each role may do, as data. `operator` runs the platform (devices, certificates) and sees no condition data;
 * `security_officer` watches accounts and the audit trail and can cut off a device, but changes no fleet data;
 * `partner` reads like a viewer.
 */
export const rolePermissions: Readonly<Record<RoleName, readonly Permission[]>> = {
  viewer: look,
  partner: look,
  engineer: [...look, 'alarms.write', 'devices.read'],
  planner: [...look, 'alarms.write'],
  fleet_manager: [
    ...look,
    'alarms.write',
    'fleet.write',
    'devices.read',
    'webhooks.read',
    'webhooks.write',
    'access.read',
  ],
  security_officer: [
    'fleet.read',
    'devices.read',
    'devices.write',
    'access.read',
    'access.break_glass',
    'audit.read',
    'incidents.write',
    'dead_letters.read',
    'dead_letters.write',
  ],
  operator: ['devices.read', 'devices.write'],
  administrator: permissions,
};

/** Whether every organisation has this role. */
export const isBuiltIn = (role: string): role is RoleName => Object.hasOwn(rolePermissions, role);

/**
 * Permissions whose effect cannot be kept to a terminal: a role held only at some terminals does not give them,
 * else a terminal's administrator could make themselves administrator of the organisation.
 */
export const organisationWide: ReadonlySet<Permission> = new Set([
  'access.read',
  'access.write',
  'access.break_glass',
  'audit.read',
  'incidents.write',
  'webhooks.read',
  'webhooks.write',
  'dead_letters.read',
  'dead_letters.write',
]);

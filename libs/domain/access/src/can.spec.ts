import { describe, expect, it } from '@jest/globals';
import { permissions, roleName, type Principal, type RoleName, type RoleScope } from '@quaywatch/contracts';
import { can, permissionsOf, visibleTerminals } from './can';
import { organisationWide, rolePermissions } from './role-permissions';

const who = (...roles: [RoleName, RoleScope][]): Principal => ({
  kind: 'user',
  id: 'usr_1',
  org: 'org_a',
  roles: roles.map(([role, scope]) => ({ role, scope })),
});
const at = (...terminals: string[]): RoleScope => ({ terminals });

describe('can', () => {
  it('refuses everything without a role', () => {
    for (const permission of permissions) {
      expect(can(who(), permission)).toBe(false);
      expect(can(who(), permission, { org: 'org_a', terminal: 'ter_1' })).toBe(false);
    }
  });

  it('never reaches into another organisation, whatever the role', () => {
    for (const role of roleName.options) {
      for (const permission of permissions) {
        expect(can(who([role, 'organisation']), permission, { org: 'org_b' })).toBe(false);
        expect(can(who([role, at('ter_1')]), permission, { org: 'org_b', terminal: 'ter_1' })).toBe(false);
      }
    }
  });

  it('keeps a terminal role to its terminals', () => {
    const engineer = who(['engineer', at('ter_1', 'ter_2')]);
    expect(can(engineer, 'alarms.write', { org: 'org_a', terminal: 'ter_2' })).toBe(true);
    expect(can(engineer, 'alarms.write', { org: 'org_a', terminal: 'ter_3' })).toBe(false);
    expect(can(engineer, 'alarms.write', { org: 'org_a' })).toBe(false);
    expect(can(engineer, 'alarms.write', { org: 'org_a', terminal: null })).toBe(false);
    expect(can(engineer, 'alarms.write')).toBe(true);
    expect(can(engineer, 'fleet.write')).toBe(false);
  });

  it('joins the terminals of several roles, each for its own permissions', () => {
    const both = who(['engineer', at('ter_2')], ['viewer', at('ter_1')]);
    expect(visibleTerminals(both, 'alarms.read')).toEqual(['ter_1', 'ter_2']);
    expect(visibleTerminals(both, 'alarms.write')).toEqual(['ter_2']);
    expect(visibleTerminals(both, 'fleet.write')).toEqual([]);
    expect(visibleTerminals(who(['viewer', at('ter_1')], ['planner', 'organisation']), 'alarms.read')).toBe('all');
  });

  it('gives organisation-wide permissions to no terminal role', () => {
    const local = who(['administrator', at('ter_1')]);
    for (const permission of organisationWide) {
      expect(can(local, permission)).toBe(false);
      expect(can(who(['administrator', 'organisation']), permission, { org: 'org_a' })).toBe(true);
    }
    expect(permissionsOf(local)).toEqual(permissions.filter((permission) => !organisationWide.has(permission)));
  });
});

describe('role table', () => {
  it('gives an administrator everything and everybody else less', () => {
    for (const role of roleName.options) {
      const held = permissionsOf(who([role, 'organisation']));
      expect(held).toEqual(permissions.filter((permission) => rolePermissions[role].includes(permission)));
      if (role === 'administrator') expect(held).toEqual([...permissions]);
      else expect(held.length).toBeLessThan(permissions.length);
    }
  });

  it('lets nobody but an administrator change who may do what', () => {
    expect(roleName.options.filter((role) => rolePermissions[role].includes('access.write'))).toEqual([
      'administrator',
    ]);
  });

  it('lets readers change nothing, and shows the platform operator no condition data', () => {
    for (const role of ['viewer', 'partner'] as const) {
      expect(rolePermissions[role].filter((permission) => permission.endsWith('.write'))).toEqual([]);
    }
    for (const permission of [
      'spreaders.read',
      'series.read',
      'findings.read',
      'alarms.read',
      'events.read',
    ] as const) {
      expect(rolePermissions.operator).not.toContain(permission);
    }
  });
});

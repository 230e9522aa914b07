import { describe, expect, it } from '@jest/globals';
import { eventCatalogue } from '@quaywatch/contracts';
import {
  decideUser,
  evolveUser,
  nobody,
  rolesAt,
  type RoleGrant,
  type User,
  type UserCommand,
  type UserFact,
} from './user';

const admin: RoleGrant = { role: 'administrator', scope: 'organisation' };
const viewer: RoleGrant = { role: 'viewer', scope: { terminals: ['ter_1', 'ter_2'] } };
const user = 'usr_1';
const by = 'usr_0';

const invite = (roles: RoleGrant[], expiresAt = 1000): UserCommand => ({ kind: 'invite', user, by, expiresAt, roles });
const register = (now = 1): UserCommand => ({ kind: 'register', user, now });

function given(...commands: UserCommand[]): User {
  let state = nobody;
  for (const command of commands) for (const fact of facts(state, command)) state = evolveUser(state, fact);
  return state;
}

function facts(state: User, command: UserCommand): UserFact[] {
  const decision = decideUser(state, command);
  if (!decision.ok) throw new Error(`refused: ${decision.reason}`);
  for (const fact of decision.value) {
    expect(eventCatalogue.get(fact.type)?.versions.at(-1)?.safeParse(fact.data)).toMatchObject({ success: true });
  }
  return decision.value;
}

const types = (state: User, command: UserCommand): string[] => facts(state, command).map((fact) => fact.type);

describe('user', () => {
  it('is invited with roles, registers once, and then holds them', () => {
    expect(types(nobody, invite([admin, viewer, admin]))).toEqual(['user-invited', 'role-granted', 'role-granted']);
    const invited = given(invite([admin]));
    expect(invited).toMatchObject({ state: 'invited', invitedUntil: 1000, roles: [admin] });
    const active = given(invite([admin]), register());
    expect(active).toEqual({ state: 'active', invitedUntil: null, roles: [admin] });
    expect(decideUser(active, register())).toMatchObject({ ok: false, code: 'gone' });
  });

  it('cannot register without, after, or against an invitation', () => {
    expect(decideUser(nobody, register())).toMatchObject({ ok: false, code: 'gone' });
    expect(decideUser(given(invite([admin], 50)), register(50))).toMatchObject({
      ok: false,
      code: 'gone',
      reason: 'This link has expired.',
    });
    expect(decideUser(given(invite([admin], 50)), register(49))).toMatchObject({ ok: true });
  });

  it('can be invited again until registered; roles are not granted twice', () => {
    const invited = given(invite([viewer], 10));
    expect(types(invited, invite([{ role: 'viewer', scope: { terminals: ['ter_2', 'ter_1'] } }], 90))).toEqual([
      'user-invited',
    ]);
    expect(given(invite([viewer], 10), invite([], 90)).invitedUntil).toBe(90);
    expect(decideUser(given(invite([viewer]), register()), invite([viewer]))).toMatchObject({
      ok: false,
      code: 'conflict',
    });
    expect(decideUser(nobody, invite([]))).toMatchObject({ ok: false, code: 'invalid' });
  });

  it('gains and loses roles, by scope', () => {
    const active = given(invite([viewer]), register());
    const more = { user, by, now: 10, administrators: 1 };
    expect(types(active, { kind: 'grant', ...more, grant: viewer })).toEqual([]);
    expect(types(active, { kind: 'grant', ...more, grant: admin })).toEqual(['role-granted']);
    const other: RoleGrant = { role: 'viewer', scope: { terminals: ['ter_1'] } };
    expect(types(active, { kind: 'revoke', user, by, grant: other, administrators: 1 })).toEqual([]);
    expect(
      given(invite([viewer]), register(), { kind: 'revoke', user, by, grant: viewer, administrators: 1 }).roles,
    ).toEqual([]);
  });

  it('keeps the last administrator', () => {
    const last = given(invite([admin]), register());
    const refused = { ok: false, code: 'conflict', reason: 'This is the last administrator of the organisation.' };
    expect(decideUser(last, { kind: 'revoke', user, by, grant: admin, administrators: 0 })).toEqual(refused);
    expect(decideUser(last, { kind: 'disable', user, by, reason: 'left', administrators: 0 })).toEqual(refused);
    expect(types(last, { kind: 'disable', user, by, reason: 'left', administrators: 1 })).toEqual(['user-disabled']);
    expect(types(last, { kind: 'revoke', user, by, grant: admin, administrators: 1 })).toEqual(['role-revoked']);
    // Somebody who has not registered yet is nobody's last administrator.
    expect(types(given(invite([admin])), { kind: 'disable', user, by, reason: 'left', administrators: 0 })).toEqual([
      'user-disabled',
    ]);
  });

  it('holds a role for a time, and loses it without anybody doing anything', () => {
    const grant = (until: number | undefined, administrators = 1): UserCommand => ({
      kind: 'grant',
      user,
      by,
      grant: { ...viewer, until },
      now: 100,
      administrators,
    });
    const active = given(invite([admin]), register());
    const timed = given(invite([admin]), register(), grant(200));
    expect(rolesAt(timed.roles, 199)).toEqual([admin, viewer]);
    expect(rolesAt(timed.roles, 200)).toEqual([admin]);
    expect(decideUser(active, grant(100))).toMatchObject({ ok: false, code: 'invalid' });
    expect(types(timed, grant(200))).toEqual([]);
    // Granted again without an end, it stays; there is one of it.
    const kept = given(invite([admin]), register(), grant(200), grant(undefined));
    expect(kept.roles).toEqual([admin, viewer]);
    const limited: UserCommand = { ...grant(200), grant: { ...admin, until: 200 } } as UserCommand;
    expect(decideUser(active, limited)).toMatchObject({ ok: true });
    expect(decideUser(active, { ...limited, administrators: 0 } as UserCommand)).toMatchObject({
      ok: false,
      code: 'conflict',
    });
    // A fact of version 1 has no end.
    expect(
      evolveUser(nobody, { type: 'role-granted', data: { user, role: 'viewer', scope: 'organisation', by } }).roles,
    ).toEqual([{ role: 'viewer', scope: 'organisation' }]);
  });

  it('is disabled until enabled', () => {
    const disabled = given(invite([viewer]), register(), {
      kind: 'disable',
      user,
      by,
      reason: 'left',
      administrators: 1,
    });
    expect(disabled.state).toBe('disabled');
    expect(types(disabled, { kind: 'disable', user, by, reason: 'left', administrators: 1 })).toEqual([]);
    for (const command of [
      invite([viewer]),
      register(),
      { kind: 'grant', user, by, grant: admin, now: 1, administrators: 1 } as const,
    ]) {
      expect(decideUser(disabled, command)).toMatchObject({ ok: false });
    }
    expect(types(disabled, { kind: 'enable', user, by })).toEqual(['user-enabled']);
    const again = given(
      invite([viewer]),
      register(),
      { kind: 'disable', user, by, reason: 'left', administrators: 1 },
      { kind: 'enable', user, by },
    );
    expect(again).toEqual({ state: 'active', invitedUntil: null, roles: [viewer] });
    expect(types(again, { kind: 'enable', user, by })).toEqual([]);
  });
});

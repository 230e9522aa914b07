import { describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { days } from '@quaywatch/kernel';
import { decideApproval, evolveApproval, noApproval, type ApprovalCommand } from './approval';
import { can, visibleTerminals } from './can';
import { decideCustomRole, evolveCustomRole, noRole, type CustomRoleCommand } from './custom-role';
import { decideDelegation, delegatedPermissions, type DelegationCommand } from './delegation';
import { mayGive, permissionsOfRole } from './gives';
import { decideReview, evolveReview, noReview, type ReviewCommand } from './review';

const person = (roles: Principal['roles']): Principal => ({ kind: 'user', id: 'usr_1', org: 'org_a', roles });
const refusal = (decision: { ok: boolean; code?: string }): string | undefined =>
  decision.ok ? undefined : decision.code;

describe('a role of an organisation’s own', () => {
  const define: CustomRoleCommand = {
    kind: 'define',
    role: 'rol_1',
    name: 'Crew',
    permissions: ['alarms.read', 'alarms.read'],
    by: 'usr_1',
    mayGive: true,
    nameTaken: false,
  };
  it('allows what it was defined with, where it is held; nothing when nothing comes with it', () => {
    const crew = person([
      { role: 'rol_1', scope: { terminals: ['ter_1'] }, permissions: ['alarms.read', 'access.read'] },
    ]);
    expect(visibleTerminals(crew, 'alarms.read')).toEqual(['ter_1']);
    expect(can(crew, 'alarms.write')).toBe(false);
    // What cannot be kept to a terminal is not given at one.
    expect(can(crew, 'access.read')).toBe(false);
    expect(can(person([{ role: 'rol_1', scope: 'organisation' }]), 'alarms.read')).toBe(false);
    // Permissions beside a built-in role change nothing of it.
    expect(
      can(person([{ role: 'viewer', scope: 'organisation', permissions: ['access.write'] }]), 'access.write'),
    ).toBe(false);
  });
  it('is defined, changed and retired; never with more than who defines it may', () => {
    const made = decideCustomRole(noRole, define);
    expect(made).toMatchObject({ ok: true, value: [{ type: 'role-defined', data: { permissions: ['alarms.read'] } }] });
    const role = made.ok ? made.value.reduce(evolveCustomRole, noRole) : noRole;
    expect(decideCustomRole(role, define)).toEqual({ ok: true, value: [] });
    expect(refusal(decideCustomRole(role, { ...define, mayGive: false }))).toBe('forbidden');
    expect(refusal(decideCustomRole(noRole, { ...define, permissions: [] }))).toBe('invalid');
    expect(refusal(decideCustomRole(noRole, { ...define, nameTaken: true }))).toBe('conflict');
    const retired = evolveCustomRole(role, { type: 'role-retired', data: { role: 'rol_1', by: 'usr_1' } });
    expect(refusal(decideCustomRole(retired, define))).toBe('gone');
    expect(refusal(decideCustomRole(noRole, { kind: 'retire', role: 'rol_1', by: 'usr_1' }))).toBe('not_found');
  });
});

describe('giving', () => {
  const own = new Map([['rol_1', ['access.write'] as const]]);
  it('goes no further than what one holds, where one holds it', () => {
    const clerk = person([
      { role: 'rol_1', scope: 'organisation', permissions: ['access.write', 'alarms.read'] },
      { role: 'engineer', scope: { terminals: ['ter_1'] } },
    ]);
    expect(mayGive(clerk, ['alarms.read'], 'organisation')).toBe(true);
    expect(mayGive(clerk, permissionsOfRole('administrator', own), 'organisation')).toBe(false);
    expect(mayGive(clerk, permissionsOfRole('rol_1', own), 'organisation')).toBe(true);
    expect(mayGive(clerk, ['alarms.write'], 'organisation')).toBe(false);
    expect(mayGive(clerk, ['alarms.write'], { terminals: ['ter_1'] })).toBe(true);
    expect(mayGive(clerk, ['alarms.write'], { terminals: ['ter_1', 'ter_2'] })).toBe(false);
  });
});

describe('delegation', () => {
  const grant: DelegationCommand = {
    kind: 'grant',
    delegation: 'dgt_1',
    org: 'org_a',
    partner: 'org_p',
    known: true,
    permissions: ['alarms.read'],
    scope: { terminals: ['ter_1'] },
    now: 1000,
    until: 1000 + days(30),
    reason: 'repair',
    by: 'usr_1',
    mayGive: true,
  };
  it.each([
    ['its own organisation', { partner: 'org_a' }, 'invalid'],
    ['nobody', { known: false }, 'invalid'],
    ['a time that is over', { until: 999 }, 'invalid'],
    ['for more than a year', { until: 1000 + days(400) }, 'invalid'],
    ['what concerns the whole organisation', { permissions: ['alarms.read', 'audit.read'] as const }, 'invalid'],
    ['nothing', { permissions: [] }, 'invalid'],
    ['what one does not have', { mayGive: false }, 'forbidden'],
  ])('is refused for %s', (_what, change, code) => {
    expect(refusal(decideDelegation({ state: 'unknown' }, { ...grant, ...change }))).toBe(code);
  });
  it('gives people of the partner no more than they may at home', () => {
    expect(decideDelegation({ state: 'unknown' }, grant).ok).toBe(true);
    expect(delegatedPermissions(['alarms.read', 'alarms.write'], ['alarms.read', 'fleet.write'])).toEqual([
      'alarms.read',
    ]);
  });
});

describe('what takes two people', () => {
  const request: ApprovalCommand = {
    kind: 'request',
    approval: 'apr_1',
    action: 'grant-role',
    parameters: {},
    by: 'usr_1',
    expiresAt: 5000,
  };
  const decide = (change: object = {}): ApprovalCommand => ({
    kind: 'decide',
    approval: 'apr_1',
    outcome: 'approved',
    by: 'usr_2',
    reason: 'agreed',
    now: 1000,
    ...change,
  });
  const asked = decideApproval(noApproval, request);
  const pending = asked.ok ? asked.value.reduce(evolveApproval, noApproval) : noApproval;
  it('is let happen by somebody else, once, in time', () => {
    expect(decideApproval(pending, decide()).ok).toBe(true);
    expect(refusal(decideApproval(pending, decide({ by: 'usr_1' })))).toBe('forbidden');
    expect(decideApproval(pending, decide({ by: 'usr_1', outcome: 'rejected' })).ok).toBe(true);
    expect(refusal(decideApproval(pending, decide({ now: 5000 })))).toBe('gone');
    expect(refusal(decideApproval(noApproval, decide()))).toBe('not_found');
    const done = evolveApproval(pending, { type: 'approval-decided', data: { outcome: 'approved' } });
    expect(refusal(decideApproval(done, decide()))).toBe('conflict');
  });
});

describe('review', () => {
  const items = [
    { item: '1', user: 'usr_1', role: 'administrator', scope: 'organisation' },
    { item: '2', user: 'usr_2', role: 'viewer', scope: 'organisation' },
  ] as const;
  const open: ReviewCommand = { kind: 'open', review: 'arv_1', by: 'usr_1', dueAt: 9, items: [...items] };
  const look = (item: string, outcome: 'keep' | 'revoke', by = 'usr_1'): ReviewCommand => ({
    kind: 'decide',
    review: 'arv_1',
    item,
    outcome,
    by,
    reason: '',
  });
  it('is closed when every item was looked at, one’s own by somebody else', () => {
    let review = noReview;
    const go = (command: ReviewCommand): string | undefined => {
      const decision = decideReview(review, command);
      if (decision.ok) review = decision.value.reduce(evolveReview, review);
      return refusal(decision);
    };
    expect(go(open)).toBeUndefined();
    expect(go(look('1', 'keep'))).toBe('forbidden');
    expect(go(look('2', 'revoke'))).toBeUndefined();
    expect(go(look('2', 'keep'))).toBe('conflict');
    expect(go(look('3', 'keep'))).toBe('not_found');
    expect(go({ kind: 'close', review: 'arv_1', by: 'usr_1' })).toBe('conflict');
    expect(go(look('1', 'keep', 'usr_3'))).toBeUndefined();
    const closed = decideReview(review, { kind: 'close', review: 'arv_1', by: 'usr_1' });
    expect(closed).toMatchObject({ ok: true, value: [{ data: { kept: 1, revoked: 1 } }] });
  });
});

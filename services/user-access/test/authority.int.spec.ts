import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import type { Browser, Page } from '../../gateway/test/browser';
import { TwoServices, type Forwarded } from '../../gateway/test/two-services';

const password = 'seven cranes at the quay';
const day = 86_400_000;
const inDays = (n: number): string => new Date(Date.now() + two.offset + n * day).toISOString();
const json = <T>(page: Page): T => JSON.parse(page.text) as T;

let two: TwoServices;
let ada: Browser;
/** A second administrator. */
let eve: Browser;
let eveId: string;

beforeAll(async () => {
  two = await TwoServices.start(undefined, { STEP_UP_MINUTES: '600' });
  ada = await first('org_main', 'ada@example.com');
  [eve, eveId] = await invite('eve@example.com', 'administrator');
}, 60_000);
afterAll(() => two.stop());

async function join(path: string, email: string): Promise<Browser> {
  const browser = two.browser();
  const form = await browser.form(path, { name: email, email, password });
  await browser.form(new URL(form.url).pathname, { email, password });
  return browser;
}
const first = async (org: string, email: string): Promise<Browser> => join((await two.setUpPath(org)) ?? '', email);
async function invite(email: string, role: string, by = ada): Promise<[Browser, string]> {
  const made = await by.json('POST', '/v1/users', { name: email, email, roles: [{ role, scope: 'organisation' }] });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  const { id, link } = json<{ id: string; link: string }>(made);
  return [await join(new URL(link).pathname, email), id];
}
const seenBy = async (browser: Browser): Promise<Principal | null> =>
  json<Forwarded>(await browser.get('/v1/alarms')).principal;

describe('roles of an organisation’s own', () => {
  let role: string;
  let bo: Browser;
  it('are made, held, changed and retired, and work with the next request', async () => {
    const made = await ada.json('POST', '/v1/roles', {
      name: 'Crew',
      permissions: ['alarms.read', 'access.read', 'access.write'],
    });
    expect([made.status, made.text]).toEqual([201, expect.any(String)]);
    role = json<{ id: string }>(made).id;
    expect((await ada.json('POST', '/v1/roles', { name: 'crew', permissions: ['alarms.read'] })).status).toBe(409);
    [bo] = await invite('bo@example.com', role);
    expect((await seenBy(bo))?.roles).toEqual([
      { role, scope: 'organisation', permissions: ['alarms.read', 'access.read', 'access.write'] },
    ]);
    expect((await bo.get('/v1/spreaders')).status).toBe(403);
  });

  it('make nobody more than they are: who may change access still gives only what they hold', async () => {
    const { id } = json<{ id: string }>(await bo.get('/v1/me'));
    const grant = (who: string, what: string): Promise<Page> =>
      bo.json('POST', `/v1/users/${who}/roles`, { role: what, scope: 'organisation' });
    expect((await grant(id, 'administrator')).status).toBe(403);
    expect((await grant(id, 'viewer')).status).toBe(403);
    expect((await grant(eveId, role)).status).toBe(200);
    const widen = { name: 'Crew', permissions: ['alarms.read', 'devices.write'] };
    expect((await bo.json('PUT', `/v1/roles/${role}`, widen)).status).toBe(403);
    expect(
      (
        await bo.json('POST', '/v1/users', {
          name: 'X',
          email: 'x@example.com',
          roles: [{ role: 'administrator', scope: 'organisation' }],
        })
      ).status,
    ).toBe(403);
    expect(
      (await bo.json('POST', '/v1/api-clients', { name: 'X', roles: [{ role: 'operator', scope: 'organisation' }] }))
        .status,
    ).toBe(403);
    expect(
      (await ada.json('POST', `/v1/users/${id}/roles`, { role: 'rol_nothing', scope: 'organisation' })).status,
    ).toBe(400);
  });

  it('change and end for everybody who holds them', async () => {
    await ada.json('PUT', `/v1/roles/${role}`, { name: 'Crew', permissions: ['alarms.read'] });
    expect((await bo.get('/v1/users')).status).toBe(403);
    expect((await bo.get('/v1/alarms')).status).toBe(200);
    expect((await ada.json('DELETE', `/v1/roles/${role}`)).status).toBe(200);
    expect((await bo.get('/v1/alarms')).status).toBe(403);
    await two.audited(({ action }) => action === 'role.retire');
  });
});

describe('delegation to a service partner', () => {
  let partner: Browser;
  let delegation: string;
  const give = (change: object = {}): Promise<Page> =>
    ada.json('POST', '/v1/delegations', {
      partner: 'org_service',
      permissions: ['alarms.read', 'fleet.write'],
      scope: { terminals: ['ter_1'] },
      until: inDays(30),
      reason: 'repair of the hydraulics',
      ...change,
    });

  it('lets nobody in before it is given, also not the platform', async () => {
    partner = await first('org_service', 'pia@service.example.com');
    const choose = await partner.json('PUT', '/v1/me/organisation', { id: 'org_main' });
    expect(choose.status).toBe(404);
    expect((await seenBy(partner))?.org).toBe('org_service');
  });

  it('lets the partner’s people work for the organisation, there, and with what was given only', async () => {
    expect((await give({ permissions: ['audit.read'] })).status).toBe(400);
    expect((await give({ until: inDays(400) })).status).toBe(400);
    expect((await give({ partner: 'org_nobody' })).status).toBe(400);
    const given = await give();
    expect([given.status, given.text]).toEqual([201, expect.any(String)]);
    delegation = json<{ id: string }>(given).id;
    const { data } = json<{ data: { id: string; own: boolean }[] }>(await partner.get('/v1/me/organisations'));
    expect(data.map(({ id, own }) => [id, own])).toEqual([
      ['org_main', false],
      ['org_service', true],
    ]);
    expect((await partner.json('PUT', '/v1/me/organisation', { id: 'org_main' })).status).toBe(200);
    expect(await seenBy(partner)).toMatchObject({
      org: 'org_main',
      home: 'org_service',
      roles: [{ role: 'rol_delegated', scope: { terminals: ['ter_1'] }, permissions: ['alarms.read', 'fleet.write'] }],
    });
    for (const path of ['/v1/users', '/v1/audit-events', '/v1/devices', '/v1/spreaders'])
      expect([path, (await partner.get(path)).status]).toEqual([path, 403]);
    // The account stays their own.
    expect(json<{ name: string; org: { id: string } }>(await partner.get('/v1/me'))).toMatchObject({
      name: 'pia@service.example.com',
      org: { id: 'org_main' },
    });
    expect((await partner.get('/v1/me/security')).status).toBe(200);
    expect(json<{ data: unknown[] }>(await partner.get('/v1/me/sessions')).data).toHaveLength(1);
    const entry = await two.audited(({ action }) => action === 'delegation.enter');
    expect(entry.detail?.['home']).toBe('org_service');
    const trail = (await two.read('audit')).filter(({ data }) => (data as { action: string }).action === entry.action);
    expect(trail.map(({ org }) => org)).toEqual(['org_main']);
  });

  it('gives people of the partner no more than they may at home', async () => {
    await partner.json('PUT', '/v1/me/organisation', { id: 'org_service' });
    const [viewer] = await invite('vic@service.example.com', 'viewer', partner);
    await partner.json('PUT', '/v1/me/organisation', { id: 'org_main' });
    await viewer.json('PUT', '/v1/me/organisation', { id: 'org_main' });
    expect((await seenBy(viewer))?.roles[0]?.permissions).toEqual(['alarms.read']);
  });
  it('ends at once when it is taken back, and by itself', async () => {
    expect((await ada.json('DELETE', `/v1/delegations/${delegation}`)).status).toBe(200);
    expect((await seenBy(partner))?.org).toBe('org_service');
    await give({ until: inDays(0.01) });
    await partner.json('PUT', '/v1/me/organisation', { id: 'org_main' });
    expect((await seenBy(partner))?.org).toBe('org_main');
    two.offset += 16 * 60_000;
    expect((await seenBy(partner))?.org).toBe('org_service');
  });
});

describe('what takes two people', () => {
  const approvalOf = (page: Page): string => json<{ errors: { detail: string }[] }>(page).errors[0]?.detail ?? '';
  const decide = (browser: Browser, id: string, outcome = 'approved'): Promise<Page> =>
    browser.json('POST', `/v1/approvals/${id}/decision`, { outcome, reason: 'agreed' });

  it('waits for somebody else, and is done once', async () => {
    expect((await ada.json('PUT', '/v1/access-policy', { second_factor: 'off', four_eyes: true })).status).toBe(200);
    const [cy, cyId] = await invite('cy@example.com', 'viewer');
    const asked = await ada.json('POST', `/v1/users/${cyId}/roles`, { role: 'administrator', scope: 'organisation' });
    expect([asked.status, asked.text]).toEqual([409, expect.stringContaining('approval_pending')]);
    expect((await cy.get('/v1/users')).status).toBe(403);
    expect((await decide(ada, approvalOf(asked))).status).toBe(403);
    expect((await decide(cy, approvalOf(asked))).status).toBe(403);
    expect((await decide(eve, approvalOf(asked))).status).toBe(200);
    expect((await cy.get('/v1/users')).status).toBe(200);
    expect((await decide(eve, approvalOf(asked))).status).toBe(409);
    const entry = await two.audited(({ action }) => action === 'approval.approved');
    expect(entry.actor.id).toBe(eveId);
  });

  it('holds for what is dangerous, not for the rest; nobody invites around it', async () => {
    for (const tried of [
      ada.json('POST', `/v1/users/${eveId}/factors/reset`),
      ada.json('PUT', '/v1/access-policy', { second_factor: 'off', four_eyes: false }),
      ada.json('POST', '/v1/delegations', {
        partner: 'org_service',
        permissions: ['alarms.read'],
        scope: 'organisation',
        until: inDays(1),
        reason: 'x',
      }),
      ada.json('POST', '/v1/users', {
        name: 'D',
        email: 'd@example.com',
        roles: [{ role: 'administrator', scope: 'organisation' }],
      }),
    ])
      expect((await tried).status).toBe(409);
    expect(
      (await ada.json('POST', `/v1/users/${eveId}/roles`, { role: 'planner', scope: 'organisation' })).status,
    ).toBe(200);
    const { data } = json<{ data: { id: string; action: string; outcome: null }[] }>(await eve.get('/v1/approvals'));
    expect(
      data
        .filter(({ outcome }) => outcome === null)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['delegate', 'reset-factors', 'set-policy']);
    const policy = data.find(({ action }) => action === 'set-policy')?.id ?? '';
    expect((await decide(ada, policy, 'rejected')).status).toBe(200);
    expect(json(await ada.get('/v1/access-policy'))).toMatchObject({ four_eyes: true });
    const delegate = data.find(({ action }) => action === 'delegate')?.id ?? '';
    two.offset += 73 * 3_600_000;
    const again = two.browser();
    const form = await again.get('/auth/login');
    await again.form(new URL(form.url).pathname, { email: 'eve@example.com', password });
    expect((await decide(again, delegate)).status).toBe(410);
    two.offset -= 73 * 3_600_000;
  });
});

describe('emergency access', () => {
  it('makes an administrator for an hour, loudly', async () => {
    const [sam] = await invite('sam@example.com', 'security_officer');
    const [vic] = await invite('vera@example.com', 'viewer');
    expect((await vic.json('POST', '/v1/break-glass', { reason: 'nobody else is there tonight' })).status).toBe(403);
    expect(
      (await sam.json('POST', '/v1/api-clients', { name: 'X', roles: [{ role: 'viewer', scope: 'organisation' }] }))
        .status,
    ).toBe(403);
    expect((await sam.json('POST', '/v1/break-glass', { reason: 'short' })).status).toBe(400);
    expect((await sam.json('POST', '/v1/break-glass', { reason: 'nobody else is there tonight' })).status).toBe(200);
    expect(
      (await sam.json('POST', '/v1/api-clients', { name: 'X', roles: [{ role: 'viewer', scope: 'organisation' }] }))
        .status,
    ).toBe(201);
    const { notices } = json<{ notices: { kind: string }[] }>(await ada.get('/v1/me/security'));
    expect(notices.map(({ kind }) => kind)).toContain('break_glass');
    const entry = await two.audited(({ action }) => action === 'access.break-glass');
    expect(entry.detail?.['reason']).toBe('nobody else is there tonight');
    expect((await two.read('access')).some(({ type }) => type === 'glass-broken')).toBe(true);
    expect((await ada.json('POST', '/v1/break-glass', { reason: 'I am one already, so no' })).status).toBe(409);
    two.offset += 61 * 60_000;
    const later = two.browser();
    const form = await later.get('/auth/login');
    await later.form(new URL(form.url).pathname, { email: 'sam@example.com', password });
    expect((await later.json('POST', '/v1/roles', { name: 'Y', permissions: ['alarms.read'] })).status).toBe(403);
    two.offset -= 61 * 60_000;
  });
});

describe('access review', () => {
  it('looks at every role, takes away what goes, and leaves evidence', async () => {
    const opened = await ada.json('POST', '/v1/access-reviews', { due_at: inDays(14) });
    expect([opened.status, opened.text]).toEqual([201, expect.any(String)]);
    interface Review {
      id: string;
      closed_at: string | null;
      items: { id: string; user: string; role: string; outcome: string | null; decided_by: string }[];
    }
    const review = json<Review>(opened);
    const me = json<{ id: string }>(await ada.get('/v1/me')).id;
    const look = (browser: Browser, item: string, outcome: string): Promise<Page> =>
      browser.json('POST', `/v1/access-reviews/${review.id}/items/${item}`, { outcome, reason: 'looked at' });
    expect((await ada.json('POST', `/v1/access-reviews/${review.id}/close`)).status).toBe(409);
    const planner = review.items.find(({ role, user }) => role === 'planner' && user === eveId);
    for (const { id, user } of review.items) {
      if (user === me) expect((await look(ada, id, 'keep')).status).toBe(403);
      const answer = await look(user === me ? eve : ada, id, id === planner?.id ? 'revoke' : 'keep');
      expect([id, answer.status, answer.text]).toEqual([id, 200, expect.any(String)]);
    }
    const roles = json<{ roles: { role: string }[] }>(await eve.get('/v1/me')).roles.map(({ role }) => role);
    expect(roles).not.toContain('planner');
    expect(roles).toContain('administrator');
    const closed = json<Review>(await ada.json('POST', `/v1/access-reviews/${review.id}/close`));
    expect(closed.closed_at).not.toBeNull();
    expect(closed.items.every(({ outcome, decided_by: by }) => outcome !== null && by.startsWith('usr_'))).toBe(true);
    expect((await look(ada, '1', 'keep')).status).toBe(409);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from '../../gateway/test/browser';
import { TwoServices } from '../../gateway/test/two-services';

// SCIM 2.0 as identity providers speak it: Entra's and Okta's ways of writing the same thing, through the gateway.

const password = 'seven cranes at the quay';
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, never> & {
    id: string;
    schemas: string[];
    status: string;
    scimType?: string;
    detail: string;
    userName: string;
    displayName: string;
    externalId?: string;
    active: boolean;
    groups: { display: string }[];
    members?: { value: string }[];
    meta: { location: string };
    totalResults: number;
    Resources: Answer['body'][];
  };
}
type Scim = (method: string, path: string, body?: unknown) => Promise<Answer>;

let two: TwoServices;
let ada: Browser;
let scim: Scim;
/** A provider of another organisation. */
let foreign: Scim;
/** A program that may change access and nothing else. */
let narrow: Scim;

beforeAll(async () => {
  two = await TwoServices.start(undefined, {
    ORGANISATION: 'org_main',
    STEP_UP_MINUTES: '600',
    EXTERNAL_GROUP_ROLES: JSON.stringify({
      'Quay viewers': { role: 'viewer', scope: { terminals: ['ter_1'] } },
      'Quay security': { role: 'security_officer', scope: 'organisation' },
    }),
  });
  ada = await first('org_main', 'ada@example.com');
  scim = await provider(ada, 'administrator');
  foreign = await provider(await first('org_other', 'odd@example.com'), 'administrator');
  const role = await ada.json('POST', '/v1/roles', { name: 'SCIM', permissions: ['access.read', 'access.write'] });
  narrow = await provider(ada, (JSON.parse(role.text) as { id: string }).id);
}, 60_000);
afterAll(() => two.stop());

async function first(org: string, email: string): Promise<Browser> {
  const browser = two.browser();
  const form = await browser.form((await two.setUpPath(org)) ?? '', { name: email, email, password });
  await browser.form(new URL(form.url).pathname, { email, password });
  return browser;
}

async function provider(admin: Browser, role: string): Promise<Scim> {
  const made = await admin.json('POST', '/v1/api-clients', { name: 'IdP', roles: [{ role, scope: 'organisation' }] });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  const { id, client_secret: secret } = JSON.parse(made.text) as { id: string; client_secret: string };
  const answer = await fetch(`${two.url}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return async (method, path, body) => {
    const got = await fetch(`${two.url}/v1/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await got.text();
    return {
      status: got.status,
      type: got.headers.get('content-type') ?? '',
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  };
}

let counter = 0;
const mail = (): string => `person-${++counter}@example.com`;
const made = async (more: object = {}): Promise<Answer['body']> => {
  const { status, body } = await scim('POST', '/Users', { schemas: [], userName: mail(), ...more });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
};
const patch = (...operations: object[]): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});
const rolesOf = async (id: string): Promise<string[]> =>
  (JSON.parse((await ada.get(`/v1/users/${id}`)).text) as { roles: { role: string }[] }).roles.map(({ role }) => role);

describe('people', () => {
  it('are made, found by filter, shown and refused twice', async () => {
    const userName = mail();
    const { status, type, body } = await scim('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      externalId: '00u1',
      userName,
      name: { givenName: 'Bo', familyName: 'Quist' },
      emails: [{ primary: true, value: userName, type: 'work' }],
      locale: 'sv-SE',
      active: true,
    });
    expect([status, type]).toEqual([201, expect.stringContaining('application/scim+json')]);
    expect(body).toMatchObject({ userName, externalId: '00u1', displayName: 'Bo Quist', active: true, groups: [] });
    expect(body.meta.location).toBe(`${two.url}/v1/scim/v2/Users/${body.id}`);
    const filter = (text: string): Promise<Answer> => scim('GET', `/Users?filter=${encodeURIComponent(text)}`);
    expect((await filter(`userName eq "${userName}"`)).body).toMatchObject({ totalResults: 1, Resources: [body] });
    expect((await filter(`externalId eq "00u1" and active eq true`)).body.totalResults).toBe(1);
    expect((await filter('userName eq "nobody@example.com"')).body).toMatchObject({ totalResults: 0, Resources: [] });
    expect((await scim('GET', `/Users/${body.id}`)).body).toEqual(body);
    const again = await scim('POST', '/Users', { userName: userName.toUpperCase() });
    expect(again).toMatchObject({
      status: 409,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '409',
        scimType: 'uniqueness',
      },
    });
    await two.audited(({ action, target }) => action === 'user.provision' && target.id === body.id);
  });

  it('come in pages', async () => {
    for (let i = 0; i < 3; i++) await made();
    const all = (await scim('GET', '/Users')).body;
    const page = (await scim('GET', '/Users?startIndex=2&count=2')).body;
    expect(page).toMatchObject({ totalResults: all.totalResults, startIndex: 2, itemsPerPage: 2 });
    expect(page.Resources).toEqual(all.Resources.slice(1, 3));
    expect((await scim('GET', '/Users?count=0')).body.Resources).toEqual([]);
  });

  it.each([
    ['Entra', { op: 'Replace', path: 'active', value: 'False' }, { op: 'Replace', path: 'active', value: 'True' }],
    ['Okta', { op: 'replace', value: { active: false } }, { op: 'replace', value: { active: true } }],
  ])('are shut out and let in again as %s writes it', async (_, off, on) => {
    const { id } = await made();
    expect((await scim('PATCH', `/Users/${id}`, patch(off))).body).toMatchObject({ id, active: false });
    expect(JSON.parse((await ada.get(`/v1/users/${id}`)).text)).toMatchObject({ state: 'disabled' });
    expect((await scim('PATCH', `/Users/${id}`, patch(on))).body).toMatchObject({ id, active: true });
  });

  it('are out at once: a session that is open ends with the change', async () => {
    const invited = await ada.json('POST', '/v1/users', {
      name: 'Cy',
      email: 'cy@example.com',
      roles: [{ role: 'viewer', scope: 'organisation' }],
    });
    const { id, link } = JSON.parse(invited.text) as { id: string; link: string };
    const cy = two.browser();
    const form = await cy.form(new URL(link).pathname, { name: 'Cy', email: 'cy@example.com', password });
    await cy.form(new URL(form.url).pathname, { email: 'cy@example.com', password });
    expect((await cy.get('/v1/me')).status).toBe(200);
    expect((await scim('DELETE', `/Users/${id}`)).status).toBe(204);
    expect((await cy.get('/v1/me')).status).toBe(401);
    expect((await scim('GET', `/Users/${id}`)).status).toBe(404);
    // The provider has them again.
    const back = await scim('POST', '/Users', { userName: 'cy@example.com', displayName: 'Cy' });
    expect([back.status, back.body.id, back.body.active]).toEqual([201, id, true]);
  });

  it('change names by PUT and PATCH', async () => {
    const { id, userName } = await made({ displayName: 'Di' });
    expect((await scim('PUT', `/Users/${id}`, { userName, displayName: 'Di Two' })).body.displayName).toBe('Di Two');
    const next = mail();
    const change = patch(
      { op: 'replace', path: 'userName', value: next },
      { op: 'Add', path: 'name.formatted', value: 'Di Three' },
    );
    expect((await scim('PATCH', `/Users/${id}`, change)).body).toMatchObject({
      userName: next,
      displayName: 'Di Three',
      active: true,
    });
    const other = await made();
    expect((await scim('PUT', `/Users/${id}`, { userName: other.userName })).status).toBe(409);
  });

  it('the last administrator stays', async () => {
    const { id } = JSON.parse((await ada.get('/v1/me')).text) as { id: string };
    expect((await scim('DELETE', `/Users/${id}`)).status).toBe(409);
    expect((await ada.get('/v1/me')).status).toBe(200);
  });
});

describe('groups', () => {
  it('that the operator has mapped give their members a role, and take it when they leave', async () => {
    const [one, other] = [await made(), await made()];
    const { status, body: group } = await scim('POST', '/Groups', {
      displayName: 'Quay viewers',
      externalId: 'g1',
      members: [{ value: one.id }],
    });
    expect([status, group.members]).toEqual([201, [expect.objectContaining({ value: one.id })]]);
    expect(await rolesOf(one.id)).toEqual(['viewer']);
    expect((await scim('GET', `/Users/${one.id}`)).body.groups).toEqual([{ value: group.id, display: 'Quay viewers' }]);
    // Entra adds by a list, Okta by a list too; both remove by a filter, Entra also by a list.
    const add = patch({ op: 'Add', path: 'members', value: [{ value: other.id }] });
    expect((await scim('PATCH', `/Groups/${group.id}`, add)).body.members).toHaveLength(2);
    expect(await rolesOf(other.id)).toEqual(['viewer']);
    const remove = patch({ op: 'remove', path: `members[value eq "${one.id}"]` });
    expect((await scim('PATCH', `/Groups/${group.id}`, remove)).body.members).toHaveLength(1);
    expect(await rolesOf(one.id)).toEqual([]);
    const listed = patch({ op: 'Remove', path: 'members', value: [{ value: other.id }] });
    expect((await scim('PATCH', `/Groups/${group.id}`, listed)).body.members).toEqual([]);
    expect(await rolesOf(other.id)).toEqual([]);
    await scim('PUT', `/Groups/${group.id}`, { displayName: 'Quay viewers', members: [{ value: one.id }] });
    expect(await rolesOf(one.id)).toEqual(['viewer']);
    expect((await scim('GET', `/Groups/${group.id}?excludedAttributes=members`)).body.members).toBeUndefined();
    expect((await scim('DELETE', `/Groups/${group.id}`)).status).toBe(204);
    expect(await rolesOf(one.id)).toEqual([]);
    expect((await scim('GET', `/Groups/${group.id}`)).status).toBe(404);
  });

  it('that nobody has mapped are kept and mean nothing', async () => {
    const { id } = await made();
    const group = (await scim('POST', '/Groups', { displayName: 'Choir', members: [{ value: id }] })).body;
    expect(await rolesOf(id)).toEqual([]);
    const found = await scim('GET', `/Groups?filter=${encodeURIComponent('displayName eq "Choir"')}`);
    expect(found.body.Resources.map((one) => one.id)).toEqual([group.id]);
    expect((await scim('POST', '/Groups', { displayName: 'choir' })).status).toBe(409);
    expect(
      (await scim('PUT', `/Groups/${group.id}`, { displayName: 'Choir', members: [{ value: 'usr_x' }] })).status,
    ).toBe(400);
  });

  it('give nothing that the program itself does not hold', async () => {
    const { id } = await made();
    const security = { displayName: 'Quay security', members: [{ value: id }] };
    expect((await narrow('POST', '/Groups', security)).status).toBe(403);
    const group = (await narrow('POST', '/Groups', { displayName: 'Harmless', members: [{ value: id }] })).body;
    expect((await narrow('PUT', `/Groups/${group.id}`, security)).status).toBe(403);
    expect(await rolesOf(id)).toEqual([]);
    expect((await scim('POST', '/Groups', security)).status).toBe(201);
    expect(await rolesOf(id)).toEqual(['security_officer']);
    // Who leaves and comes back is in no group.
    await scim('DELETE', `/Users/${id}`);
    const { userName } = (await scim('GET', '/Users')).body.Resources[0] ?? { userName: '' };
    expect(userName).not.toBe('');
  });

  it('say again what they give when somebody comes back', async () => {
    const person = await made();
    const group = (await scim('POST', '/Groups', { displayName: 'Quay viewers', members: [{ value: person.id }] }))
      .body;
    await scim('DELETE', `/Users/${person.id}`);
    expect((await scim('GET', `/Groups/${group.id}`)).body.members).toEqual([]);
    await scim('POST', '/Users', { userName: person.userName });
    expect(await rolesOf(person.id)).toEqual([]);
    await scim('DELETE', `/Groups/${group.id}`);
  });
});

describe('nobody sees or changes another organisation', () => {
  it('by people', async () => {
    const { id, userName } = await made();
    const all = (await foreign('GET', '/Users')).body;
    expect(all.Resources.map((one) => one.userName)).toEqual(['odd@example.com']);
    expect((await foreign('GET', `/Users/${id}`)).status).toBe(404);
    expect(
      (await foreign('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }))).status,
    ).toBe(404);
    expect((await foreign('DELETE', `/Users/${id}`)).status).toBe(404);
    expect((await foreign('POST', '/Users', { userName })).status).toBe(409);
  });
  it('by groups, which give no role outside the organisation of the mapping', async () => {
    const mine = (await foreign('POST', '/Users', { userName: mail() })).body;
    const stranger = await made();
    expect(
      (await foreign('POST', '/Groups', { displayName: 'Quay security', members: [{ value: stranger.id }] })).status,
    ).toBe(400);
    const group = await foreign('POST', '/Groups', { displayName: 'Quay security', members: [{ value: mine.id }] });
    expect(group.status).toBe(201);
    expect((await foreign('GET', `/Users/${mine.id}`)).body.groups).toHaveLength(1);
    const [row] = await two.store.transact((tx) =>
      tx.query<{ roles: unknown[] }>('select roles from account where user_id = $1', [mine.id]),
    );
    expect(row?.roles).toEqual([]);
    expect((await scim('GET', `/Groups/${group.body.id}`)).status).toBe(404);
  });
});

describe('what is wrong is said as SCIM says it', () => {
  it.each([
    ['a name that is no address', 'POST', '/Users', { userName: 'bo' }, 400, 'invalidValue'],
    ['no name', 'POST', '/Users', { displayName: 'Bo' }, 400, undefined],
    ['text that no store keeps', 'POST', '/Users', { userName: 'x\u0000@example.com' }, 400, undefined],
    ['half of a surrogate pair', 'POST', '/Groups', { displayName: 'x\ud800' }, 400, undefined],
    ['a filter that cannot be read', 'GET', '/Users?filter=userName%20is%20nice', undefined, 400, 'invalidFilter'],
    [
      'a truth value that is none',
      'POST',
      '/Users',
      { userName: 'x@example.com', active: 'maybe' },
      400,
      'invalidValue',
    ],
    [
      'a change of something that is not there',
      'PATCH',
      '/Users/usr_nobody',
      patch({ op: 'add', path: 'x', value: 1 }),
      404,
      undefined,
    ],
    ['somebody who is not there', 'GET', '/Users/usr_nobody', undefined, 404, undefined],
  ] as const)('%s', async (_, method, path, body, status, scimType) => {
    const answer = await scim(method, path, body);
    expect([answer.status, answer.body.status, answer.body.scimType]).toEqual([status, String(status), scimType]);
    expect(answer.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
  });

  it('a change that cannot be made', async () => {
    const { id } = await made();
    const answer = await scim('PATCH', `/Users/${id}`, patch({ op: 'jump', path: 'active', value: true }));
    expect([answer.status, answer.body.status]).toEqual([400, '400']);
    const list = patch({ op: 'replace', path: 'userName', value: ['a', 'b'] });
    expect((await scim('PATCH', `/Users/${id}`, list)).status).toBe(400);
  });

  it('tells what is served', async () => {
    expect((await scim('GET', '/ServiceProviderConfig')).body).toMatchObject({ patch: { supported: true } });
    expect((await scim('GET', '/ResourceTypes')).body.totalResults).toBe(2);
    expect((await scim('GET', '/Schemas')).body.totalResults).toBe(2);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleName, type Principal, type RouteId } from '@quaywatch/contracts';
import { rolePermissions } from '@quaywatch/domain/access';
import type { ViewStore } from '@quaywatch/ports';
import { writeFileSync } from 'node:fs';
import { EventReader } from '../../services/gateway/test/event-reader';
import type { Browser, Page } from '../../services/gateway/test/browser';
import { definitions } from '../../services/platform/src/services';
import { addressOf, allRoutes, cases, expected, type Ask, type Caller, type Organisation, type Where } from './cases';
import { makePlace, poison, raiseAlarm, type Place } from './places';
import { unthrottled, WholePlatform } from './whole-platform';

// Every operation × every role × own terminal, other terminal, other organisation, against the running platform through
// its gateway; then once more with the checks of gateway and services out of the way, so that only row-level security
// stands between the organisations.

interface Signed extends Caller {
  readonly browser: Browser;
}

let platform: WholePlatform;
let [own, other, foreign]: Place[] = [];
let orgA: Organisation;
let orgB: Organisation;
const callers: Signed[] = [];
let n = 0;
const report: { operation: string; role: string; scope: string; where: string; expected: string; status: number }[] =
  [];

beforeAll(async () => {
  platform = await WholePlatform.start({ SECOND_FACTOR: 'off', STEP_UP_MINUTES: '60', ...unthrottled });
  const adminA = await platform.firstAdministrator('org_a', 'admin@a.example.com');
  const adminB = await platform.firstAdministrator('org_b', 'admin@b.example.com');
  orgA = await organisationOf('org_a', adminA, 'hook-qxa');
  orgB = await organisationOf('org_b', adminB, 'hook-qxb');
  own = await makePlace(platform, adminA, 'org_a', 'qx1');
  other = await makePlace(platform, adminA, 'org_a', 'qx2');
  foreign = await makePlace(platform, adminB, 'org_b', 'qx3');
  for (const role of roleName.options) {
    for (const scope of ['organisation', 'terminal'] as const) {
      const email = `${role}.${scope}@a.example.com`;
      const grant = { role, scope: scope === 'organisation' ? scope : { terminals: [own.terminal] } };
      const invited = await adminA.json('POST', '/v1/users', { name: role, email, roles: [grant] });
      const { link } = JSON.parse(invited.text) as { link: string };
      const browser = await platform.join(link, email);
      callers.push({ role, scope, permissions: rolePermissions[role], browser });
    }
  }
  await moreCallers(adminA);
}, 600_000);

/** People whose rights are data: a role of the organisation's own, one that has ended, and a partner's person who is let in. */
async function moreCallers(adminA: Browser): Promise<void> {
  const invite = async (by: Browser, email: string, role: string, scope: Caller['scope']): Promise<Browser> => {
    const grant = { role, scope: scope === 'organisation' ? scope : { terminals: [own?.terminal ?? ''] } };
    const invited = await by.json('POST', '/v1/users', { name: email, email, roles: [grant] });
    return platform.join((JSON.parse(invited.text) as { link: string }).link, email);
  };
  const crew = ['alarms.read', 'alarms.write', 'spreaders.read', 'series.read', 'access.read'] as const;
  const made = await adminA.json('POST', '/v1/roles', { name: 'Crew', permissions: crew });
  const { id } = JSON.parse(made.text) as { id: string };
  for (const scope of ['organisation', 'terminal'] as const)
    callers.push({
      role: 'custom role',
      scope,
      permissions: crew,
      browser: await invite(adminA, `crew.${scope}@a.example.com`, id, scope),
    });

  // Invited with a role that is then retired: what is held gives nothing any more.
  const gone = await adminA.json('POST', '/v1/roles', { name: 'Gone', permissions: crew });
  const retired = (JSON.parse(gone.text) as { id: string }).id;
  const left = await invite(adminA, 'retired@a.example.com', retired, 'organisation');
  expect((await adminA.json('DELETE', `/v1/roles/${retired}`)).status).toBe(200);
  callers.push({ role: 'retired role', scope: 'organisation', permissions: [], browser: left });

  // A role for some seconds, which is over long before the first call.
  const over = await invite(adminA, 'over@a.example.com', id, 'organisation');
  const { id: user } = JSON.parse((await over.get('/v1/me')).text) as { id: string };
  const until = new Date(Date.now() + 5000).toISOString();
  const limited = await adminA.json('POST', `/v1/users/${user}/roles`, { role: id, scope: 'organisation', until });
  expect(limited.status).toBe(200);
  for (let i = 0; (await over.get('/v1/alarms')).status !== 403; i++) expect(i).toBeLessThan(10_000);
  callers.push({ role: 'expired role', scope: 'organisation', permissions: [], browser: over });

  const partner = await platform.firstAdministrator('org_c', 'admin@c.example.com');
  const permissions = ['alarms.read', 'alarms.write', 'spreaders.read', 'findings.read', 'fleet.read'] as const;
  const given = await adminA.json('POST', '/v1/delegations', {
    partner: 'org_c',
    permissions,
    scope: { terminals: [own?.terminal] },
    until: new Date(Date.now() + 86_400_000).toISOString(),
    reason: 'matrix',
  });
  expect([given.status, given.text]).toEqual([201, expect.any(String)]);
  expect((await partner.json('PUT', '/v1/me/organisation', { id: 'org_a' })).status).toBe(200);
  callers.push({ role: 'delegated', scope: 'terminal', permissions, browser: partner });
}

afterAll(async () => {
  const through = report.filter(({ expected: wanted }) => wanted === 'through').length;
  process.stdout.write(
    `authorisation matrix: ${allRoutes.length} operations × ${callers.length} roles and scopes × 3 places = ${report.length} calls, ${through} let through, ${report.length - through} refused\n`,
  );
  if (process.env['ACCESS_REPORT']) writeFileSync(process.env['ACCESS_REPORT'], JSON.stringify(report, undefined, 1));
  await platform?.stop();
}, 60_000);

async function organisationOf(org: string, admin: Browser, name: string): Promise<Organisation> {
  const made = await admin.json('POST', '/v1/webhook-endpoints', { url: `https://${name}.example.com/` });
  const { id: webhook } = JSON.parse(made.text) as { id: string };
  const { id: user } = JSON.parse((await admin.get('/v1/me')).text) as { id: string };
  const program = { name: `program ${name}`, roles: [{ role: 'partner', scope: 'organisation' }] };
  const { id: client } = JSON.parse((await admin.json('POST', '/v1/api-clients', program)).text) as { id: string };
  const deadLetter = await poison(platform, { org, admin });
  return {
    org,
    admin,
    webhook,
    user,
    client,
    deadLetter,
    markers: [org, webhook, user, client, name, `@${org.slice(-1)}.example.com`],
  };
}

/** The answer; of a stream only its beginning. */
async function ask(browser: Browser, id: RouteId, request: Ask): Promise<Pick<Page, 'status' | 'text'>> {
  const route = allRoutes.find((one) => one.id === id) as (typeof allRoutes)[number];
  const address = addressOf(route, request);
  if (!route.stream) return browser.json(route.method, address, request.body);
  const gone = new AbortController();
  const answer = await fetch(`${platform.url}${address}`, {
    headers: { cookie: browser.cookieHeader() },
    signal: gone.signal,
  });
  const text = answer.status === 200 ? '' : await answer.text();
  gone.abort();
  return { status: answer.status, text };
}

/** What of a text somebody must not read, apart from what they said themselves. */
const leaks = (text: string, markers: readonly string[], request: Ask): string[] => {
  const said = JSON.stringify(request);
  return markers.filter((marker) => text.includes(marker) && !said.includes(marker));
};

const placeOf = (where: Where): Place => ({ own, other, foreign })[where] as Place;

/** Everything there is, as the two administrators see it: refused calls must not change it. */
const everything = async (): Promise<string> => {
  const lists: RouteId[] = [
    'listTerminals',
    'listCranes',
    'listSpreaders',
    'listAlarms',
    'listWebhookEndpoints',
    'listDevices',
    'listUsers',
    'listApiClients',
    'getAccessPolicy',
  ];
  const texts = [];
  for (const { admin } of [orgA, orgB])
    for (const id of lists)
      texts.push((await ask(admin, id, id === 'getAccessPolicy' ? {} : { query: { limit: '1000' } })).text);
  return texts.join('\n');
};

describe('authorisation matrix', () => {
  it('has a case for every operation of the contract, and none for others', () => {
    expect(Object.keys(cases).sort()).toEqual(allRoutes.map(({ id }) => id).sort());
  });

  it('knows nobody: without a session, and with one that is not ours, every operation answers 401', async () => {
    const strangers = [platform.browser(), platform.browser()];
    strangers[1]?.setCookie('quaywatch', 's%3Aguess.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    for (const stranger of strangers) {
      for (const route of allRoutes) {
        const request = await cases[route.id as RouteId].ask({
          platform,
          place: own as Place,
          organisation: orgA,
          n: ++n,
          fresh: false,
        });
        const { status, text } = await ask(stranger, route.id as RouteId, request);
        expect([route.id, status]).toEqual([route.id, route.permission === 'public' ? 200 : 401]);
        if (route.permission !== 'public')
          expect(leaks(text, [...(own?.markers ?? []), ...orgA.markers], request)).toEqual([]);
      }
    }
  });

  it.each(allRoutes.map((route) => [route.id, route] as const))(
    '%s: every role, own and other terminal, other organisation',
    async (id, route) => {
      const one = cases[id as RouteId];
      // Calls that are refused first, all of them, so that it can be seen that they have changed nothing.
      for (const round of ['refused', 'through'] as const) {
        const before = round === 'refused' && route.method !== 'GET' ? await everything() : '';
        for (const caller of callers) {
          for (const where of ['own', 'other', 'foreign'] as const) {
            const wanted = expected(caller, route, one, where);
            if ((wanted === 'through') !== (round === 'through')) continue;
            const organisation = where === 'foreign' ? orgB : orgA;
            const given = { platform, place: placeOf(where), organisation, n: ++n, fresh: wanted === 'through' };
            const request = await one.ask(given);
            const { status, text } = await ask(caller.browser, id as RouteId, request);
            const who = `${caller.role} of ${caller.scope}, ${where}`;
            report.push({
              operation: id,
              role: caller.role,
              scope: caller.scope,
              where,
              expected: String(wanted),
              status,
            });
            if (wanted === 'through')
              expect([who, status < 300 || one.through?.includes(status), status]).toEqual([who, true, status]);
            else expect([who, status]).toEqual([who, wanted]);
            const hidden = [...(foreign?.markers ?? []), ...orgB.markers];
            if (caller.scope === 'terminal') hidden.push(...(other?.markers ?? []));
            expect([who, leaks(text, hidden, request)]).toEqual([who, []]);
            // Else nothing would be proved by seeing nothing.
            if (wanted === 'through' && one.about === 'list' && where === 'own' && !route.stream)
              expect([who, (one.shows ?? /qx1/).test(text)]).toEqual([who, true]);
          }
        }
        if (before) expect(await everything()).toBe(before);
      }
    },
    60_000,
  );

  it('lets nobody join a thing of their terminal to a thing of another', async () => {
    const manager = callers.find(({ role, scope }) => role === 'fleet_manager' && scope === 'terminal') as Signed;
    const [mine, theirs, far] = [own, other, foreign] as [Place, Place, Place];
    for (const strange of [theirs, far]) {
      const tries: [RouteId, Ask][] = [
        ['assignSpreader', { params: { id: mine.spreader }, body: { crane_id: strange.crane } }],
        ['assignSpreader', { params: { id: strange.spreader }, body: { crane_id: mine.crane } }],
        ['bindBtu', { params: { id: mine.spreader }, body: { btu: strange.btu } }],
        ['listAlarms', { query: { spreader: strange.spreader } }],
        ['listFindings', { query: { spreader: strange.spreader } }],
        ['getSpreader', { params: { id: `SPR-${strange.name}` } }],
        ['listQuarantine', { query: { btu: strange.btu } }],
        ['eventStream', { query: { terminal: strange.terminal } }],
      ];
      for (const [id, request] of tries) {
        const { status, text } = await ask(manager.browser, id, request);
        if (request.body || request.params) expect([id, strange.name, status >= 400]).toEqual([id, strange.name, true]);
        expect([id, leaks(text, strange.markers, request)]).toEqual([id, []]);
      }
    }
  });

  it('tells each of live events only what they may see', async () => {
    const readers: { who: Signed; reader: EventReader }[] = [];
    for (const who of callers.filter(({ permissions }) => permissions.includes('events.read')))
      readers.push({ who, reader: await EventReader.open(platform.url, who.browser) });
    for (const place of [own, other, foreign] as Place[])
      await raiseAlarm(platform, { ...place, component: `TL[${++n}]` });
    const last = await raiseAlarm(platform, { ...(own as Place), component: `TL[${++n}]` });
    for (const { who, reader } of readers) {
      await reader.until(() => JSON.stringify(reader.events).includes(last));
      const text = JSON.stringify(reader.events);
      expect([who.role, leaks(text, [...(foreign?.markers ?? []), 'org_b'], {})]).toEqual([who.role, []]);
      expect([who.role, who.scope, text.includes(other?.spreader ?? '')]).toEqual([
        who.role,
        who.scope,
        who.scope === 'organisation',
      ]);
      reader.close();
    }
  });
});

describe('row-level security alone', () => {
  /** A store that reads as one organisation, whatever the service says: as if every check above it were gone. */
  const readingAs = (store: ViewStore, org: string): ViewStore => ({
    transact: (work) => store.transact(work),
    readAs: (_said, work) => store.readAs(org, work),
    takeOutbox: (limit, send) => store.takeOutbox(limit, send),
    onOutbox: (wake) => store.onOutbox(wake),
    close: () => store.close(),
  });
  const everywhere: Principal = {
    kind: 'user',
    id: 'usr_intruder',
    org: 'org_b',
    roles: [{ role: 'administrator', scope: 'organisation' }],
  };

  it.each(['org_b', 'org_a'])(
    'with all checks of the services out of the way, a database session of %s reads nothing of the other organisation',
    async (org) => {
      const { services } = platform;
      const [theirs, hidden] = org === 'org_b' ? [foreign, own] : [own, foreign];
      const [mine, organisation] = org === 'org_b' ? [orgB, orgA] : [orgA, orgB];
      const real = new Map(services.stores);
      try {
        for (const definition of definitions) {
          const store = real.get(definition.name);
          if (!store) continue;
          await services.stopOne(definition.name);
          services.stores.set(definition.name, readingAs(store, org));
          await services.startOne(definition);
        }
        let shown = 0;
        for (const route of allRoutes) {
          if (route.method !== 'GET' || route.service === 'gateway') continue;
          const one = cases[route.id as RouteId];
          for (const [place, of] of [
            [theirs as Place, mine],
            [hidden as Place, organisation],
          ] as const) {
            const request = await one.ask({ platform, place, organisation: of, n: ++n, fresh: false });
            // The service is told an administrator of the organisation that the thing belongs to, so that it refuses nothing.
            const principal = { ...everywhere, org: of.org };
            const answer = await services.call(route.id as RouteId, {
              params: { ...request.params },
              query: { ...request.query },
              principal,
            });
            const text = JSON.stringify(answer.body);
            const out = [...(hidden?.markers ?? []), organisation.webhook, organisation.user, organisation.client];
            expect([route.id, of.org, leaks(text, out, request)]).toEqual([route.id, of.org, []]);
            if (of === mine && place.markers.some((marker) => text.includes(marker))) shown++;
          }
        }
        // The test would see a leak: the same calls do show what belongs to the session's own organisation.
        expect(shown).toBeGreaterThan(8);
      } finally {
        for (const definition of definitions) {
          const store = real.get(definition.name);
          if (!store) continue;
          await services.stopOne(definition.name);
          services.stores.set(definition.name, store);
          await services.startOne(definition);
        }
      }
    },
    60_000,
  );

  it('shows the reader role of every service only rows of the organisation it reads for, in every table', async () => {
    let rows = 0;
    for (const [name, store] of platform.services.stores) {
      const tables = await store.transact((tx) =>
        tx.query<{ table_name: string; has_org: boolean }>(
          `select t.table_name, exists (select from information_schema.columns c where c.table_schema = t.table_schema
             and c.table_name = t.table_name and c.column_name = 'org') as has_org
           from information_schema.tables t where t.table_schema = current_schema()`,
        ),
      );
      for (const { table_name: table, has_org: hasOrg } of tables) {
        if (!hasOrg) {
          await expect(store.readAs('org_a', (q) => q.query(`select * from "${table}" limit 1`))).rejects.toMatchObject(
            {
              name: 'Fault',
            },
          );
          continue;
        }
        const found = await store.readAs('org_a', (q) => q.query<{ org: string }>(`select org from "${table}"`));
        rows += found.length;
        expect([name, table, found.filter(({ org }) => org !== 'org_a')]).toEqual([name, table, []]);
        expect([table, (await store.readAs('', (q) => q.query(`select 1 from "${table}"`))).length]).toEqual([
          table,
          0,
        ]);
      }
    }
    expect(rows).toBeGreaterThan(20);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { alerting } from '@quaywatch/services/alerting';
import { auditLog } from '../src';

// audit-log and alerting together: what the rules see in the trail becomes an incident, and those who must know are told.

interface Incident {
  id: string;
  state: string;
  rule: string | null;
  level: string;
  about: string | null;
  count: number;
  people_at_risk: string | null;
}

let services: TestServices;
let endpoint: string;
beforeAll(async () => {
  services = await TestServices.start([auditLog, alerting] as never, {
    environment: { ORGANISATION: 'org_test', WATCH_LIMITS: JSON.stringify({ probing: { count: 4, level: 'high' } }) },
  });
  const made = await services.call<{ id: string }>('createWebhookEndpoint', {
    body: { url: 'https://siem.example.com/' },
  });
  expect(made.status).toBe(201);
  endpoint = made.body.id;
}, 60_000);
afterAll(() => services?.stop(), 60_000);

let n = 0;
/** Writes an audit entry as a service would. */
async function happens(data: object, org = 'org_test'): Promise<void> {
  const at = Date.now();
  const entry = {
    class: 'privileged',
    actor: { kind: 'user', id: 'usr_1' },
    action: 'x',
    target: { kind: 'user', id: 'usr_2' },
    outcome: 'success',
    reason: null,
    address: null,
    at,
    ...data,
  };
  const event = {
    id: `evt_${++n}`,
    type: 'audit-recorded',
    v: 1,
    source: 'test',
    org,
    key: org,
    time: at,
    data: entry,
  };
  await services.log.append('audit', [{ event }]);
}
const incidents = async (principal?: Principal): Promise<Incident[]> =>
  (await services.call<{ data: Incident[] }>('listIncidents', principal ? { principal } : {})).body.data;
const found = (fits: (one: Incident) => boolean): Promise<Incident> =>
  services.until(async () => (await incidents()).find(fits));
const messages = async (): Promise<{ type: string; data: Record<string, unknown> }[]> => {
  const rows = await services
    .store('alerting')
    .transact((tx) => tx.query<{ payload: string }>('select payload from delivery order by created_at'));
  return rows.map(({ payload }) => JSON.parse(payload) as { type: string; data: Record<string, unknown> });
};

describe('incidents', () => {
  it('emergency access is one at once, and the addresses of the organisation are told', async () => {
    await happens({ action: 'access.break-glass', target: { kind: 'user', id: 'usr_1' } });
    const incident = await found(({ rule }) => rule === 'break-glass');
    expect(incident).toMatchObject({ state: 'open', level: 'critical', about: 'usr_1', count: 1 });
    await services.until(async () =>
      (await messages()).some(({ type, data }) => type === 'incident.opened' && data['id'] === incident.id),
    );
    const { body } = await services.call<{ data: { incident_id: string | null; alarm_id: string | null }[] }>(
      'listDeliveries',
      { params: { id: endpoint } },
    );
    expect(body.data[0]).toMatchObject({ incident_id: incident.id, alarm_id: null });
  });

  it('probing is one after as many refusals as the installation says; more of it stays one', async () => {
    const refused = { class: 'authorisation', outcome: 'refused', actor: { kind: 'client', id: 'cli_9' } };
    for (let i = 0; i < 3; i++) await happens(refused);
    await happens({ ...refused, actor: { kind: 'client', id: 'cli_8' } });
    for (let i = 0; i < 5; i++) await happens(refused);
    const incident = await found(({ rule, count }) => rule === 'probing' && count === 8);
    expect(incident).toMatchObject({ level: 'high', about: 'cli_9', state: 'open' });
    expect((await incidents()).filter(({ rule }) => rule === 'probing')).toHaveLength(1);
  });

  it('is anybody’s to report, the security officer’s to judge and close, in that order', async () => {
    const viewer: Principal = { ...testAdministrator, id: 'usr_v', roles: [{ role: 'viewer', scope: 'organisation' }] };
    const report = { title: 'A laptop was stolen', description: 'It was signed in.', source: 'internal' };
    const { status, body } = await services.call<{ id: string }>('reportIncident', { body: report, principal: viewer });
    expect(status).toBe(201);
    const params = { id: body.id };
    expect((await services.call('getIncident', { params, principal: viewer })).status).toBe(403);
    const end = { outcome: 'remedied', reason: 'The session is ended.' };
    expect((await services.call('closeIncident', { params, body: end })).status).toBe(409);
    const judged = { people_at_risk: 'unknown', level: 'high', scope: 'One session.' };
    expect((await services.call('assessIncident', { params, body: judged, principal: viewer })).status).toBe(403);
    expect((await services.call('assessIncident', { params, body: judged })).body).toMatchObject({
      state: 'assessed',
      people_at_risk: 'unknown',
      assessed_by: testAdministrator.id,
    });
    // Not known counts as yes: those who must know are told.
    await services.until(async () =>
      (await messages()).some(({ type, data }) => type === 'incident.people_at_risk' && data['id'] === body.id),
    );
    expect((await services.call('closeIncident', { params, body: end })).body).toMatchObject({ state: 'closed' });
    expect((await services.call('assessIncident', { params, body: judged })).status).toBe(409);
    await services.until(async () => {
      const now = await services.call<{ data: { action: string }[] }>('listAuditEvents', {
        query: { target: body.id },
      });
      return now.body.data.length === 3;
    });
  });

  it('of another organisation does not exist', async () => {
    await happens({ action: 'access.break-glass', target: { kind: 'user', id: 'usr_other' } }, 'org_other');
    const there: Principal = { ...testAdministrator, org: 'org_other' };
    const theirs = await services.until(async () => (await incidents(there))[0]);
    expect((await incidents()).map(({ id }) => id)).not.toContain(theirs.id);
    const params = { id: theirs.id };
    const judged = { people_at_risk: 'no', level: 'low', scope: 'x' };
    expect((await services.call('getIncident', { params })).status).toBe(404);
    expect((await services.call('assessIncident', { params, body: judged })).status).toBe(404);
    const told = (await messages()).filter(({ data }) => data['id'] === theirs.id);
    expect(told).toEqual([]);
  });

  it('that is closed makes room for a new one when it happens again', async () => {
    const first = await found(({ rule }) => rule === 'break-glass');
    await happens({ action: 'access.break-glass', target: { kind: 'user', id: 'usr_1' } });
    await found(({ id, count }) => id === first.id && count === 2);
    const judged = { people_at_risk: 'no', level: 'low', scope: 'Drill.' };
    const params = { id: first.id };
    expect((await services.call('assessIncident', { params, body: judged })).status).toBe(200);
    expect(
      (await services.call('closeIncident', { params, body: { outcome: 'no-incident', reason: 'A drill.' } })).status,
    ).toBe(200);
    await happens({ action: 'access.break-glass', target: { kind: 'user', id: 'usr_1' } });
    await found(({ id, rule }) => rule === 'break-glass' && id !== first.id);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxScenarioNames, type Principal } from '@quaywatch/contracts';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { fleet } from '../src';

interface Run {
  id: string;
  scenario: string;
  spreader: string | null;
  state: string;
  detail: string | null;
  ended_at: string | null;
}

describe('sandbox', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([fleet as never], {
      environment: { ORGANISATION: 'org_test', SANDBOX_ORGANISATION: 'org_sandbox' },
    });
  }, 60_000);
  afterAll(() => services?.stop(), 60_000);

  const inside: Principal = { ...testAdministrator, org: 'org_sandbox' };
  const simulator = async (method: string, path: string, body?: object): Promise<{ run?: { run: string } | null }> => {
    const principal: Principal = { kind: 'service', id: 'platform', org: 'org_sandbox', roles: [] };
    const headers = await services.peers.headersFor(principal, { requestId: 'req_sandbox', address: null });
    const answer = await fetch(`${services.peers.urlOf('fleet')}/internal/sandbox/${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect(answer.ok).toBe(true);
    return answer.status === 204 ? {} : ((await answer.json()) as { run: { run: string } | null });
  };

  it('is an organisation of its own; in others there are no scenarios, and none can be started', async () => {
    const made = await services.store('fleet').transact((tx) => tx.facts.read('organisation-org_sandbox'));
    expect(made).toHaveLength(1);
    const there = await services.call<{ data: { name: string }[] }>('listSandboxScenarios', { principal: inside });
    expect(there.body.data.map(({ name }) => name)).toEqual(sandboxScenarioNames);
    const elsewhere = { ...testAdministrator, org: 'org_test' };
    expect((await services.call('listSandboxScenarios', { principal: elsewhere })).body).toEqual({ data: [] });
    const refused = await services.call('startSandboxRun', { principal: elsewhere, body: { scenario: 'fault' } });
    expect(refused.status).toBe(404);
  });

  it('hands each scenario to the simulator once, in order, and tells how it ended', async () => {
    const first = await services.call<Run>('startSandboxRun', { principal: inside, body: { scenario: 'fault' } });
    const second = await services.call<Run>('startSandboxRun', { principal: inside, body: { scenario: 'clean' } });
    expect([first.status, first.body.state]).toEqual([202, 'waiting']);
    expect((await simulator('POST', 'next')).run?.run).toBe(first.body.id);
    expect((await simulator('POST', 'next')).run?.run).toBe(second.body.id);
    expect((await simulator('POST', 'next')).run).toBeNull();
    const outcome = { state: 'done', detail: 'twistlock 1', spreader: 'SBX-0001' };
    await simulator('PUT', `runs/${first.body.id}`, outcome);
    // Once told it stays so.
    await simulator('PUT', `runs/${first.body.id}`, { ...outcome, state: 'failed' });
    const { body } = await services.call<Run>('getSandboxRun', { principal: inside, params: { id: first.body.id } });
    expect(body).toMatchObject({ ...outcome, ended_at: expect.any(String) });
    const list = await services.call<{ data: Run[]; next_cursor: string; has_more: boolean }>('listSandboxRuns', {
      principal: inside,
      query: { limit: '1' },
    });
    expect(list.body).toMatchObject({ data: [{ id: second.body.id, state: 'running' }], has_more: true });
    const rest = await services.call<{ data: Run[] }>('listSandboxRuns', {
      principal: inside,
      query: { cursor: list.body.next_cursor },
    });
    expect(rest.body.data.map(({ id }) => id)).toEqual([first.body.id]);
    expect((await services.call('getSandboxRun', { params: { id: first.body.id } })).status).toBe(404);
  });

  it('refuses a spreader that is not there, and more than twenty at a time', async () => {
    const start = async (body: object): Promise<number> =>
      (await services.call('startSandboxRun', { principal: inside, body: { scenario: 'fault', ...body } })).status;
    expect(await start({ spreader: 'SBX-9999' })).toBe(404);
    const statuses = [];
    for (let i = 0; i < 21; i++) statuses.push(await start({}));
    expect(statuses).toEqual([...Array<number>(20).fill(202), 409]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { alerting } from '@quaywatch/services/alerting';
import { fleet } from '@quaywatch/services/fleet';
import { auditLog } from '../src';

/** fleet, alerting and audit-log together: what one service records, the others know. */
describe('the trail of several services', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([fleet, auditLog, alerting] as never, {
      environment: { ORGANISATION: 'org_test' },
    });
  }, 60_000);
  afterAll(() => services?.stop(), 60_000);

  const make = async (id: 'createTerminal' | 'createSpreader', body: object): Promise<string> => {
    const answer = await services.call<{ id: string }>(id, { body });
    expect(answer.status).toBe(201);
    return answer.body.id;
  };

  it('is one chain, whole, with every privileged change in it and every refusal', async () => {
    const terminal = await make('createTerminal', { name: 'North', time_zone: 'Europe/Stockholm' });
    const spreader = await make('createSpreader', {
      number: 'SPR-01',
      serial: '1',
      model: 'X',
      type: 'sts_twin',
      drive: 'hydraulic',
      terminal_id: terminal,
    });
    const at = Date.now();
    const data = {
      spreader,
      component: 'HYD.P',
      failureMode: 'FM-15',
      level: 'act_now',
      previous: 'ok',
      at,
      finding: 'fnd_1',
      reason: 'weak',
    };
    const event = {
      id: 'evt_1',
      type: 'condition-changed',
      v: 1,
      source: 'condition-analysis',
      org: 'org_test',
      key: spreader,
      time: at,
      data,
    };
    await services.log.append('condition', [{ event }]);
    const alarm = await services.until(async () => {
      const { body } = await services.call<{ data: { id: string; spreader_number: string; terminal_id: string }[] }>(
        'listAlarms',
      );
      return body.data.find((row) => row.spreader_number !== '');
    });
    expect(alarm).toMatchObject({ spreader_number: 'SPR-01', terminal_id: terminal });
    expect((await services.call('takeAlarm', { params: { id: alarm.id }, body: {} })).status).toBe(200);
    const viewer = {
      ...testAdministrator,
      id: 'usr_viewer',
      roles: [{ role: 'viewer' as const, scope: 'organisation' as const }],
    };
    expect((await services.call('takeAlarm', { params: { id: alarm.id }, body: {}, principal: viewer })).status).toBe(
      403,
    );

    const trail = await services.until(async () => {
      const { body } = await services.call<{
        data: { action: string; outcome: string; actor: { id: string }; target: { id: string } }[];
      }>('listAuditEvents');
      return body.data.length >= 5 && body.data;
    });
    const lines = trail.map(({ action, outcome, actor, target }) => `${actor.id} ${action} ${target.id} ${outcome}`);
    expect(lines.sort()).toEqual(
      [
        'fleet organisation.create org_test success',
        `usr_test terminal.create ${terminal} success`,
        `usr_test spreader.create ${spreader} success`,
        `usr_test alarm.acknowledge ${alarm.id} success`,
        'usr_viewer takeAlarm /v1/alarms/{id}/take refused',
      ].sort(),
    );
    const { body } = await services.call<{ whole: boolean; entries: number }>('verifyAudit');
    expect(body).toMatchObject({ whole: true, entries: 5 });
  });
});

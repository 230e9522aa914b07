import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Topic } from '@quaywatch/contracts';
import { TestServices } from '@quaywatch/runtime/testing';
import { alerting } from '../src';

type AlarmDocument = { id: string; level: string; state: string; title: string };

describe('alarms about certificates of units', () => {
  let services: TestServices;
  let counter = 0;
  beforeAll(async () => {
    services = await TestServices.start([alerting as never]);
  }, 60_000);
  afterAll(() => services?.stop(), 60_000);

  const append = (topic: Topic, type: string, key: string, data: object, v = 1): Promise<void> => {
    const event = { id: `evt_uc_${++counter}`, type, v, source: 'test', org: 'org_test', key, time: Date.now(), data };
    return services.log.append(topic, [{ event }]);
  };
  const day = 86_400_000;
  const end = Date.now() + 30 * day;
  const expiring = (btu: string, days: number): Promise<void> =>
    append('devices', 'certificate-expiring', btu, { btu, serial: `s-${btu}`, notAfter: end, days });
  const bound = (btu: string, spreader: string): Promise<void> =>
    append('fleet', 'btu-bound', spreader, { btu, spreader, from: Date.now() });
  const alarms = async (spreader: string, state?: string): Promise<AlarmDocument[]> =>
    (await services.call<{ data: AlarmDocument[] }>('listAlarms', { query: { spreader, ...(state ? { state } : {}) } }))
      .body.data;
  const levels = (spreader: string, expected: string[]): Promise<unknown> =>
    services.until(async () => {
      const now = (await alarms(spreader)).map(({ level }) => level);
      return JSON.stringify(now) === JSON.stringify(expected);
    });

  it('grow worse at 30, 7 and 1 days, and are over when the unit has renewed', async () => {
    await bound('UC-1', 'spr_uc1');
    await expiring('UC-1', 30);
    await levels('spr_uc1', ['watch']);
    await expiring('UC-1', 7);
    await levels('spr_uc1', ['plan']);
    await expiring('UC-1', 1);
    await levels('spr_uc1', ['act_now']);
    const [first] = await alarms('spr_uc1');
    expect(first).toMatchObject({ state: 'unacknowledged', title: 'Certificate of the unit ends' });
    const issued = { btu: 'UC-1', serial: 'new', fingerprint: 'f', authority: 'cau_1', keyHash: 'h' };
    // One that ends no later is no renewal.
    await append('devices', 'certificate-issued', 'UC-1', { ...issued, notBefore: 0, notAfter: end }, 2);
    await append('devices', 'certificate-issued', 'UC-1', { ...issued, notBefore: 0, notAfter: end + 300 * day }, 2);
    await services.until(async () => (await alarms('spr_uc1')).every(({ state }) => state !== 'unacknowledged'));
    const facts = await services.store('alerting').transact((tx) => tx.facts.read(`alarm-${first?.id ?? ''}`));
    expect(facts.map(({ type }) => type)).toEqual([
      'alarm-raised',
      'alarm-level-changed',
      'alarm-level-changed',
      'alarm-cleared',
    ]);
    expect(facts.at(-1)?.data).toMatchObject({ reason: expect.stringMatching(/^Renewed: certificate new/) });
  });

  it('stand on the spreader that the unit is on, whatever was heard first', async () => {
    await expiring('UC-2', 7);
    await bound('UC-2', 'spr_uc2');
    await levels('spr_uc2', ['plan']);
    await bound('UC-2', 'spr_uc3');
    await levels('spr_uc3', ['plan']);
    await services.until(async () => (await alarms('spr_uc2')).every(({ state }) => state !== 'unacknowledged'));
    await append('devices', 'certificate-revoked', 'UC-2', {
      btu: 'UC-2',
      serial: 's-UC-2',
      reason: 'gone',
      by: 'usr_1',
    });
    await services.until(async () => (await alarms('spr_uc3')).every(({ state }) => state !== 'unacknowledged'));
  });
});

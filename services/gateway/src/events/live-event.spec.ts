import { describe, expect, it } from '@jest/globals';
import { readEvent, type EventEnvelope, type Principal, type RoleName, type RoleScope } from '@quaywatch/contracts';
import { liveEvent, toldTypes } from './live-event';
import { mayHear } from './may-hear';
import { Whereabouts } from './whereabouts';

const now = Date.UTC(2026, 10, 23, 12);

function event(type: string, data: object, org = 'org_a'): EventEnvelope {
  const read = readEvent({ id: `evt_${type}`, type, v: 1, source: 'test', org, key: 'k', time: now, data });
  if (read.kind !== 'event') throw new Error(read.reason);
  return read.event;
}

const spreader = (id: string, terminal: string, org?: string): EventEnvelope =>
  event(
    'spreader-created',
    { spreader: id, number: id, serial: 's', model: 'm', type: 'sts_twin', drive: 'hydraulic', terminal },
    org,
  );
const alarm = {
  alarm: 'alm_1',
  spreader: 'spr_1',
  component: 'c',
  code: 'FM-01',
  title: 't',
  level: 'plan',
  risk: 'production',
  finding: null,
  raisedAt: now,
  reason: 'r',
  late: false,
};

function where(...facts: EventEnvelope[]): Whereabouts {
  const known = new Whereabouts();
  for (const fact of facts) known.apply(fact);
  return known;
}

const principal = (role: RoleName, scope: RoleScope, org = 'org_a'): Principal => ({
  kind: 'user',
  id: 'u',
  org,
  roles: [{ role, scope }],
});

describe('whereabouts', () => {
  it('follow a spreader to its crane and back home', () => {
    const known = where(
      spreader('spr_1', 'ter_home'),
      event('crane-created', { crane: 'crn_1', number: '1', terminal: 'ter_2', type: 'sts' }),
    );
    expect(known.terminalOf('org_a', 'spr_1')).toBe('ter_home');
    known.apply(event('spreader-assigned', { spreader: 'spr_1', crane: 'crn_1', from: 0 }));
    expect(known.terminalOf('org_a', 'spr_1')).toBe('ter_2');
    known.apply(event('spreader-assigned', { spreader: 'spr_1', crane: null, from: 0 }));
    expect(known.terminalOf('org_a', 'spr_1')).toBe('ter_home');
    expect(known.terminalOf('org_a', 'spr_9')).toBeNull();
    expect(known.terminalOf('org_b', 'spr_1')).toBeNull();
  });
});

describe('live events', () => {
  it('tell of an alarm from raising to its end, always at its terminal', () => {
    const known = where(spreader('spr_1', 'ter_1'), event('alarm-raised', alarm));
    const told = [
      event('alarm-raised', alarm),
      event('alarm-level-changed', { alarm: 'alm_1', level: 'act_now', previous: 'plan', at: now, reason: 'r' }),
      event('alarm-acknowledged', { alarm: 'alm_1', by: 'usr_1', at: now, note: 'private words' }),
      event('alarm-cleared', { alarm: 'alm_1', at: now, reason: 'r' }),
    ].map((fact) => liveEvent(fact, known, now));
    expect(told.map((live) => live?.event.type)).toEqual([
      'alarm.raised',
      'alarm.level_changed',
      'alarm.taken',
      'alarm.closed',
    ]);
    for (const live of told) {
      expect(live).toMatchObject({ org: 'org_a', terminal: 'ter_1', permission: 'alarms.read' });
      expect(live?.event).toMatchObject({
        specversion: '1.0',
        subject: 'spr_1',
        source: '/terminals/ter_1',
        time: '2026-11-23T12:00:00.000Z',
      });
      expect(live?.event.data).toMatchObject({ id: 'alm_1', spreader_id: 'spr_1' });
    }
    expect(JSON.stringify(told)).not.toContain('private words');
  });

  it('tell of connections, and not of samples or frames', () => {
    const known = where(spreader('spr_1', 'ter_1'));
    expect(
      liveEvent(event('device-connected', { btu: 'b', spreader: 'spr_1', address: '10.0.0.1' }), known, now)?.event,
    ).toMatchObject({ type: 'device.online', data: { btu: 'b' } });
    expect(
      liveEvent(event('device-disconnected', { btu: 'b', spreader: null, how: 'lost' }), known, now),
    ).toMatchObject({ terminal: null, event: { type: 'device.silent' } });
    expect(toldTypes.has('samples-received')).toBe(false);
    expect(
      liveEvent(
        event('gap-reported', { btu: 'b', spreader: null, boot: 0, stream: 'live', from: 1, to: 2, count: 1 }),
        known,
        now,
      ),
    ).toBeUndefined();
  });

  it('do not tell old moves as news', () => {
    const move = {
      move: 'm',
      spreader: 'spr_1',
      startedAt: 0,
      lockedAt: null,
      class: 'single40',
      result: 'completed',
      boxes: 1,
      teu: 2,
      load: null,
      features: {},
    };
    expect(liveEvent(event('move-completed', { ...move, endedAt: now - 60_000 }), where(), now)?.event.type).toBe(
      'move.completed',
    );
    expect(liveEvent(event('move-completed', { ...move, endedAt: now - 3_600_000 }), where(), now)).toBeUndefined();
  });
});

describe('who hears what', () => {
  const live = liveEvent(event('alarm-raised', alarm), where(spreader('spr_1', 'ter_1')), now);
  if (!live) throw new Error('an alarm is news');

  it.each<[string, Principal, string | undefined, boolean]>([
    ['a viewer of the organisation', principal('viewer', 'organisation'), undefined, true],
    ['a viewer of the terminal', principal('viewer', { terminals: ['ter_1'] }), undefined, true],
    ['a viewer of another terminal', principal('viewer', { terminals: ['ter_2'] }), undefined, false],
    ['another organisation', principal('administrator', 'organisation', 'org_b'), undefined, false],
    [
      'another organisation that names the terminal',
      principal('administrator', { terminals: ['ter_1'] }, 'org_b'),
      'ter_1',
      false,
    ],
    ['the platform operator', principal('operator', 'organisation'), undefined, false],
    ['a viewer who asks for this terminal', principal('viewer', 'organisation'), 'ter_1', true],
    ['a viewer who asks for another terminal', principal('viewer', 'organisation'), 'ter_2', false],
  ])('%s', (_, who, terminal, hears) => {
    expect(mayHear(who, live, terminal)).toBe(hears);
  });

  it('keeps what is at no known terminal to those who see the whole organisation', () => {
    const nowhere = { ...live, terminal: null };
    expect(mayHear(principal('viewer', 'organisation'), nowhere, undefined)).toBe(true);
    expect(mayHear(principal('viewer', { terminals: ['ter_1'] }), nowhere, undefined)).toBe(false);
  });
});

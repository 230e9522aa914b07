import { describe, expect, it } from '@jest/globals';
import { makeAlarm, makeSpreader } from '../../test/make';
import { alarmsWithEvents, outdatedBy, spreadersWithEvents } from './apply-events';
import { parseLiveEvent, type LiveEvent } from './live-event';

const event = (type: string, data: LiveEvent['data'], time = '2026-11-23T12:00:00.000Z'): LiveEvent => ({
  id: 'evt_1',
  type,
  subject: 'spr_1',
  time,
  data,
});

describe('spreadersWithEvents', () => {
  const list = [makeSpreader({ id: 'spr_1', condition: 'ok' }), makeSpreader({ id: 'spr_2' })];

  it('takes over condition and score, null score stays null', () => {
    const next = spreadersWithEvents(list, [
      event('spreader.health_changed', { spreader_id: 'spr_1', condition: 'no_data', score: null, completeness: 0.1 }),
    ]);
    expect(next[0]).toMatchObject({ condition: 'no_data', health: { score: null, completeness: 0.1 } });
    expect(next[1]).toBe(list[1]);
  });

  it('applies events in their order', () => {
    const next = spreadersWithEvents(list, [
      event('device.silent', { spreader_id: 'spr_1' }),
      event('device.online', { spreader_id: 'spr_1' }),
    ]);
    expect(next[0]).toMatchObject({ connection: 'online', last_seen_at: '2026-11-23T12:00:00.000Z' });
  });

  it('never moves last seen back', () => {
    const seen = makeSpreader({ id: 'spr_1', last_seen_at: '2026-11-23T12:00:05.000Z' });
    const [next] = spreadersWithEvents(
      [seen],
      [event('move.completed', { spreader_id: 'spr_1', ended_at: '2026-11-23T11:59:00.000Z' })],
    );
    expect(next?.last_seen_at).toBe('2026-11-23T12:00:05.000Z');
  });

  it('keeps the array when no row changes', () => {
    expect(spreadersWithEvents(list, [event('alarm.raised', { spreader_id: 'spr_1' })])).toBe(list);
    expect(spreadersWithEvents(list, [event('device.silent', { spreader_id: 'spr_9' })])).toBe(list);
  });

  it('does not take an unknown level for a condition', () => {
    expect(spreadersWithEvents(list, [event('spreader.health_changed', { spreader_id: 'spr_1', condition: 'fine' })])).toBe(
      list,
    );
  });
});

describe('alarmsWithEvents', () => {
  const open = makeAlarm({ id: 'alm_1' });

  it('shows a taken alarm as taken, by whom', () => {
    const [next] = alarmsWithEvents([open], [event('alarm.taken', { id: 'alm_1', by: 'usr_1' })]);
    expect(next).toMatchObject({ state: 'acknowledged', acknowledged_by: 'usr_1' });
  });

  it('keeps an alarm that went before anybody took it', () => {
    const [next] = alarmsWithEvents([open], [event('alarm.closed', { id: 'alm_1' })]);
    expect(next?.state).toBe('returned_unacknowledged');
  });

  it('drops an alarm that is both taken and gone, in either order', () => {
    const taken = event('alarm.taken', { id: 'alm_1', by: 'usr_1' });
    const closed = event('alarm.closed', { id: 'alm_1' });
    expect(alarmsWithEvents([open], [taken, closed])).toEqual([]);
    expect(alarmsWithEvents([open], [closed, taken])).toEqual([]);
  });

  it('changes the level, and nothing for alarms it does not know', () => {
    expect(alarmsWithEvents([open], [event('alarm.level_changed', { id: 'alm_1', level: 'plan' })])[0]?.level).toBe('plan');
    const list = [open];
    expect(alarmsWithEvents(list, [event('alarm.raised', { id: 'alm_2' })])).toBe(list);
  });
});

describe('outdatedBy', () => {
  it('names what must be fetched again', () => {
    const outdated = outdatedBy([
      event('finding.raised', { spreader_id: 'spr_1' }),
      event('alarm.raised', { spreader_id: 'spr_2' }),
      event('move.completed', { spreader_id: 'spr_3' }),
    ]);
    expect(outdated).toEqual({
      attention: true,
      alarms: true,
      spreaders: new Set(['spr_1']),
      moves: new Set(['spr_3']),
    });
  });

  it('is nothing for nothing', () =>
    expect(outdatedBy([])).toEqual({ attention: false, alarms: false, spreaders: new Set(), moves: new Set() }));
});

describe('parseLiveEvent', () => {
  it('reads an event and refuses everything else', () => {
    const good = event('finding.raised', {});
    expect(parseLiveEvent(JSON.stringify(good))).toEqual(good);
    for (const bad of ['', 'null', '{}', '[]', '{"type":"x","time":"t","data":null}']) {
      expect(parseLiveEvent(bad)).toBeUndefined();
    }
  });
});

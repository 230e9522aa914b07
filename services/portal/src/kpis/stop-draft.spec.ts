import { describe, expect, it } from '@jest/globals';
import { blankStop, stopBodyOf, stopDraftOf, type Stop } from './stop-draft';

const zone = 'Europe/Stockholm';
const stop: Stop = {
  id: 'stop_1',
  spreader_id: 'spr_1',
  spreader_number: 'SPR-0001',
  from: '2026-11-23T10:02:17.250Z',
  to: '2026-11-23T11:00:00.000Z',
  cause: 'equipment',
  ending: 'reset',
  root_cause: 'FM-02 TL[1]',
  times: { response: 10, diagnosis: 5, parts: 0, repair: 20.5, test: 3 },
  note: 'The pin stuck.',
  confirmed: true,
};

describe('the fields of a stop', () => {
  it('change nothing when nothing is changed, not even the seconds', () => {
    const { from, to, cause, ending, root_cause, times, note } = stop;
    expect(stopBodyOf(stopDraftOf(stop, zone), zone, stop)).toEqual({
      from,
      to,
      cause,
      ending,
      root_cause,
      times,
      note,
    });
  });

  it('offer a repair for a stop that only the data suggest, and leave open what still goes on', () => {
    const suspected = { ...stop, to: null, ending: 'none', times: null, note: null, confirmed: false } as const;
    const draft = stopDraftOf(suspected, zone);
    expect(draft).toMatchObject({ from: '2026-11-23T11:02', to: '', ending: 'repair', note: '' });
    const body = stopBodyOf(draft, zone, suspected);
    expect(body).toMatchObject({ from: suspected.from, to: null, times: null });
    expect(body).not.toHaveProperty('note');
  });

  it('are times of the zone when they are changed', () => {
    const draft = { ...stopDraftOf(stop, zone), from: '2026-11-23T11:30', to: '' };
    expect(stopBodyOf(draft, zone, stop)).toMatchObject({ from: '2026-11-23T10:30:00.000Z', to: null });
    expect(stopBodyOf({ ...draft, from: '' }, zone, stop)).toBeNull();
  });

  it('count a part of the repair that is left empty as nothing, and all of them as not known', () => {
    const blank = blankStop(Date.parse('2026-11-23T11:00:00Z'), zone);
    expect(stopBodyOf(blank, zone)).toMatchObject({ from: '2026-11-23T10:00:00.000Z', times: null });
    expect(stopBodyOf({ ...blank, parts: { ...blank.parts, parts: '90' } }, zone)).toMatchObject({
      times: { response: 0, diagnosis: 0, parts: 90, repair: 0, test: 0 },
    });
  });
});

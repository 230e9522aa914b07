import { describe, expect, it } from '@jest/globals';
import { makeFinding, makeSpreader } from '../../test/make';
import { fleetCsv } from './fleet-csv';

describe('fleetCsv', () => {
  it('has what is shown, with both times and the zone', () => {
    const row = makeSpreader({ condition: 'act_now', top_finding: makeFinding(), health: { ...makeSpreader().health, score: 16.7 } });
    const silent = makeSpreader({ number: 'SPR-0002', last_seen_at: null, crane: null, health: { ...makeSpreader().health, score: null } });
    const text = fleetCsv([row, silent], Date.parse('2026-11-23T12:00:00Z'), (level) => `<${level}>`);
    expect(text.split('\r\n').slice(1, 3)).toEqual([
      'SPR-0001,<act_now>,Gothenburg,STS-01,17,Twistlock 1 slow to lock,19.1,303,2026-11-23T11:59:50.000Z,2026-11-23 12:59:50,Europe/Stockholm',
      'SPR-0002,<no_data>,Gothenburg,,,,,303,,,Europe/Stockholm',
    ]);
  });
});

import type { Alarm, Finding, Spreader } from '../src/api/queries';

/** A spreader of the list, in order and online; what is given is put over it. */
export const makeSpreader = (over: Partial<Spreader> = {}): Spreader => ({
  id: 'spr_1',
  number: 'SPR-0001',
  model: 'Twin-lift 45',
  type: 'sts_twin',
  terminal: { id: 'ter_got', name: 'Gothenburg', time_zone: 'Europe/Stockholm' },
  crane: { id: 'crn_1', number: 'STS-01' },
  condition: 'ok',
  health: { score: 96, completeness: 0.98, computed_at: '2026-11-23T11:59:30.000Z', model: 'health@1' },
  top_finding: null,
  open_findings: 0,
  last_seen_at: '2026-11-23T11:59:50.000Z',
  connection: 'online',
  lifts_24h: 303,
  ...over,
});

/** An open alarm that nobody took; what is given is put over it. */
export const makeAlarm = (over: Partial<Alarm> = {}): Alarm => ({
  id: 'alm_1',
  spreader_id: 'spr_1',
  spreader_number: 'SPR-0001',
  terminal_id: 'ter_got',
  component: 'TL[1]',
  code: 'FM-02',
  title: 'Twistlock 1 slow to lock',
  level: 'act_now',
  risk: 'production',
  state: 'unacknowledged',
  finding_id: 'fnd_1',
  reason: 'Lock time: 2310 ms, normal 1400 ms, limit 2000 ms (212 observations)',
  late: false,
  raised_at: '2026-11-23T11:55:00.000Z',
  acknowledged_at: null,
  acknowledged_by: null,
  cleared_at: null,
  ...over,
});

/** An open finding: a stiff twistlock; what is given is put over it. */
export const makeFinding = (over: Partial<Finding> = {}): Finding => ({
  id: 'fnd_1',
  title: 'Twistlock 1 slow to lock',
  component: 'TL[1]',
  failure_mode: 'FM-02',
  level: 'act_now',
  risk: 'production',
  confidence: 0.87,
  first_seen_at: '2026-11-17T05:12:00.000Z',
  action: 'Grease the twistlock',
  repair_hours: 2,
  risk_hours: 19.1,
  spreader_id: 'spr_1',
  spreader_number: 'SPR-0001',
  status: 'open',
  closed_at: null,
  updated_at: '2026-11-23T11:50:00.000Z',
  actions: [
    'Grease the twistlock',
    'Free the bushing and check the crank and the tie-rod for bending',
    'Measure the wear of pin and bushing',
  ],
  parts: ['Twistlock bushing', 'Grease cartridge', 'Tie-rod end'],
  skills: ['mechanic'],
  verification: 'Lock time of this corner back within 15 % of its baseline over 50 moves',
  evidence: [
    {
      signal: 'tl[1].lockTime',
      unit: 'ms',
      value: 2310,
      baseline: 1400,
      limit: 2000,
      from: '2026-11-12T05:00:00.000Z',
      to: '2026-11-23T11:50:00.000Z',
      count: 412,
      text: 'Lock time: 2310 ms, normal 1400 ms, limit 2000 ms (412 observations)',
    },
  ],
  provenance: { block: 'AG', algorithm: 'fm-02@1', version: '1', inputs: ['tl[n].lockTime'] },
  ...over,
});

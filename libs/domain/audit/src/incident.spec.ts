import { describe, expect, it } from '@jest/globals';
import { decideIncident, evolveIncident, noIncident, type Incident, type IncidentCommand } from './incident';

const open: IncidentCommand = {
  kind: 'open',
  incident: 'inc_1',
  source: 'customer',
  rule: null,
  title: 'Lost laptop',
  description: 'It had a session.',
  level: 'medium',
  about: null,
  count: 1,
  firstAt: 1,
  lastAt: 1,
  by: 'usr_1',
};
const again = (count: number): IncidentCommand => ({ kind: 'see-again', incident: 'inc_1', count, lastAt: 2 });
const assess: IncidentCommand = {
  kind: 'assess',
  incident: 'inc_1',
  peopleAtRisk: 'unknown',
  level: 'high',
  vector: null,
  scope: 'one account',
  by: 'usr_2',
};
const close: IncidentCommand = { kind: 'close', incident: 'inc_1', outcome: 'remedied', reason: 'ended', by: 'usr_2' };

/** The incident after commands that are all accepted. */
const after = (...commands: IncidentCommand[]): Incident =>
  commands.reduce((incident, command) => {
    const decision = decideIncident(incident, command);
    if (!decision.ok) throw new Error(decision.reason);
    return decision.value.reduce(evolveIncident, incident);
  }, noIncident);

describe('incident', () => {
  it('is opened once, judged, and only then closed, for good', () => {
    expect(after(open)).toEqual({ state: 'open', count: 1 });
    expect(decideIncident(after(open), open)).toEqual({ ok: true, value: [] });
    expect(decideIncident(after(open), close)).toMatchObject({ ok: false, code: 'conflict' });
    expect(after(open, assess, assess, close)).toEqual({ state: 'closed', count: 1 });
    for (const command of [assess, close, again(9)])
      expect(decideIncident(after(open, assess, close), command)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('does not exist before it is opened', () => {
    for (const command of [assess, close, again(2)])
      expect(decideIncident(noIncident, command)).toMatchObject({ ok: false, code: 'not_found' });
  });

  it('counts what is seen again upwards only', () => {
    expect(after(open, again(20)).count).toBe(20);
    expect(decideIncident(after(open, again(20)), again(20))).toEqual({ ok: true, value: [] });
  });
});

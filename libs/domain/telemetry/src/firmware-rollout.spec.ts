import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope, FirmwareStep } from '@quaywatch/contracts';
import {
  evolveRollout,
  isOffered,
  mostRolloutDevices,
  openNextGroup,
  reportProgress,
  rolloutOf,
  startRollout,
  stopRollout,
  tickRollout,
  type Rollout,
  type RolloutFact,
} from './firmware-rollout';

const order = {
  rollout: 'rol_1',
  firmware: 'fmw_1',
  version: '1.2.0',
  devices: Array.from({ length: 20 }, (_, i) => `B${i}`),
  percentages: [5, 25, 100],
  failurePercent: 20,
  soakFor: 1000,
  confirmFor: 5000,
  by: 'usr_1',
};
const fact = ({ type, data }: RolloutFact, time: number): EventEnvelope => ({
  id: 'evt_1',
  type,
  v: 1,
  source: 'ingest',
  org: 'org_1',
  key: 'rol_1',
  time,
  data,
});
const after = (rollout: Rollout | undefined, facts: RolloutFact[], time: number): Rollout =>
  facts.reduce((state, one) => evolveRollout(state, fact(one, time)), rollout) as Rollout;
const started = (more: Partial<typeof order> = {}): Rollout => {
  const decision = startRollout({ ...order, ...more });
  if (!decision.ok) throw new Error(decision.reason);
  return after(undefined, decision.value, 0);
};
const report = (rollout: Rollout, btu: string, step: FirmwareStep, now: number): [Rollout, string[]] => {
  const facts = reportProgress(rollout, { rollout: 'rol_1', btu, step, detail: '' }, now);
  return [after(rollout, facts, now), facts.map(({ type }) => type)];
};

describe('a roll-out of firmware', () => {
  it('makes groups of the percentages, none empty', () => {
    expect(started().groups.map((group) => group.length)).toEqual([1, 4, 15]);
    expect(started({ devices: ['A', 'B', 'A'] }).groups).toEqual([['A'], ['B']]);
    expect(started({ devices: ['A'] }).groups).toEqual([['A']]);
  });

  it.each([
    ['no device', { devices: [] }],
    ['too many devices', { devices: Array.from({ length: mostRolloutDevices + 1 }, (_, i) => `B${i}`) }],
    ['groups that fall', { percentages: [50, 25, 100] }],
    ['groups that leave some out', { percentages: [5, 25] }],
    ['no group', { percentages: [] }],
  ])('is refused with %s', (_, more) => {
    expect(startRollout({ ...order, ...more })).toMatchObject({ ok: false, code: 'invalid' });
  });

  it('offers only to open groups, and opens the next when the one before did well and has soaked', () => {
    let rollout = started();
    expect([isOffered(rollout, 'B0'), isOffered(rollout, 'B1'), isOffered(rollout, 'X')]).toEqual([true, false, false]);
    expect(report(rollout, 'B1', 'confirmed', 10)[1]).toEqual([]);
    [rollout] = report(rollout, 'B0', 'downloading', 10);
    const [confirmed, facts] = report(rollout, 'B0', 'confirmed', 500);
    expect(facts).toEqual(['rollout-progressed']);
    expect(isOffered(confirmed, 'B0')).toBe(false);
    expect(tickRollout(confirmed, 999)).toEqual([]);
    const next = tickRollout(confirmed, 1000);
    expect(next).toMatchObject([{ type: 'rollout-group-opened', data: { open: 2, by: null } }]);
    expect(isOffered(after(confirmed, next, 1000), 'B4')).toBe(true);
    expect(isOffered(after(confirmed, next, 1000), 'B5')).toBe(false);
  });

  it('stops by itself when too many fail, and nobody else is offered it', () => {
    let rollout = started({ percentages: [50, 100] });
    let facts: string[] = [];
    for (const btu of ['B0', 'B1']) [rollout, facts] = report(rollout, btu, 'rolled_back', 10);
    expect(facts).toEqual(['rollout-progressed']);
    [rollout, facts] = report(rollout, 'B2', 'failed', 10);
    expect(facts).toEqual(['rollout-progressed', 'rollout-stopped']);
    expect(isOffered(rollout, 'B3')).toBe(false);
    expect(openNextGroup(rollout, 'usr_1')).toMatchObject({ ok: false, code: 'conflict' });
    // One that was under way is still heard, and changes nothing else.
    expect(report(rollout, 'B4', 'confirmed', 20)[1]).toEqual(['rollout-progressed']);
    expect(tickRollout(rollout, 1e9)).toEqual([]);
  });

  it('counts a device that installs and says no more as failed', () => {
    let rollout = started({ devices: ['A'], failurePercent: 0 });
    [rollout] = report(rollout, 'A', 'installing', 100);
    expect(tickRollout(rollout, 5099)).toEqual([]);
    expect(tickRollout(rollout, 5100).map(({ type }) => type)).toEqual(['rollout-progressed', 'rollout-stopped']);
  });

  it('is complete when every device came to its end', () => {
    let rollout = started({ devices: ['A', 'B'], percentages: [100], failurePercent: 50 });
    let facts: string[];
    [rollout, facts] = report(rollout, 'A', 'rolled_back', 1);
    expect(facts).toEqual(['rollout-progressed']);
    [rollout, facts] = report(rollout, 'B', 'confirmed', 2);
    expect(facts).toEqual(['rollout-progressed', 'rollout-completed']);
    expect(rollout.state).toBe('completed');
    expect(report(rollout, 'A', 'confirmed', 3)[1]).toEqual([]);
  });

  it('is opened and stopped by hand', () => {
    const rollout = started();
    const opened = openNextGroup(rollout, 'usr_2');
    expect(opened).toMatchObject({ ok: true, value: [{ data: { open: 2, by: 'usr_2' } }] });
    const stopped = stopRollout(rollout, 'not today', 'usr_2');
    expect(stopped.ok && after(rollout, stopped.value, 5).state).toBe('stopped');
    expect(rolloutOf([])).toBeUndefined();
  });
});

import { expect, it } from '@jest/globals';
import { failureModes, findSignal } from '@quaywatch/contracts';
import { coverageOf, failureModeNeeds } from './index';

it('needs only signals of the catalogue', () => {
  const strange = Object.values(failureModeNeeds)
    .flat(2)
    .filter((signal) => !findSignal(signal));
  expect(strange).toEqual([]);
});

it('knows every failure mode that is about the machine', () => {
  expect([...failureModes.keys()].filter((id) => /^FM-\d\d$/.test(id) && !failureModeNeeds[id])).toEqual([]);
});

it('tells seen, partly, blind and not judged apart', () => {
  const of = (signals: string[], id: string) => coverageOf(signals).find(({ failureMode }) => failureMode === id);
  expect(of(['tl[3].locked', 'tl.command'], 'FM-02')).toMatchObject({ cover: 'seen', missing: [] });
  expect(of(['hyd.filter'], 'FM-19')).toMatchObject({ cover: 'partly', missing: ['hyd.oilTemp'] });
  expect(of([], 'FM-02')).toMatchObject({ cover: 'blind' });
  expect(
    coverageOf(['tl[3].locked', 'tl.command'], new Set()).find(({ failureMode }) => failureMode === 'FM-02')?.cover,
  ).toBe('no_rule');
});

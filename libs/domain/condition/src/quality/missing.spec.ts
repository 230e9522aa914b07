import { expect, it } from '@jest/globals';
import { conditionDefaults as settings, freshState, take, takeBirth, type SpreaderState } from '../index';

const minute = 60_000;
let seq = 0;
/** Frames of one minute with these signals. */
const send = (state: SpreaderState, from: number, minutes: number, signals: readonly string[]) =>
  Array.from({ length: minutes }, (_, i) => {
    const at = from + i * minute;
    return take(settings, state, {
      btu: 'B1',
      spreader: 'spr_1',
      stream: 'live',
      boot: 1,
      seq: ++seq,
      receivedAt: at,
      historical: false,
      clock: 'NTP',
      clockOffset: 0,
      samples: signals.map((signal) => ({ signal, at: [at], values: [40 + (i % 7)] })),
    }).statements;
  }).flat();
const both = ['hyd.oilTemp', 'sup.24v'];
const missing = { failureMode: 'FM-34', evidence: [{ signal: 'btu.missing', value: 1 }] };

it('a signal that stays away while others arrive is a finding of its own, and ends when it is back', () => {
  const state = freshState('spr_1', 'org_1');
  state.makesMoves = true;
  expect(send(state, 0, 60, both)).toEqual([]);
  expect(send(state, 60 * minute, 28, ['sup.24v'])).toEqual([]);
  const raised = send(state, 88 * minute, 10, ['sup.24v']);
  expect(raised.map(({ kind }) => kind)).toEqual(['condition-changed', 'advice-raised']);
  expect(raised[1]).toMatchObject({ advice: missing });
  expect(send(state, 98 * minute, 5, both).map(({ kind }) => kind)).toEqual(['condition-changed', 'advice-closed']);
});

it('silence of the device is no missing signal, nor is one that always came seldom', () => {
  const state = freshState('spr_1', 'org_1');
  state.makesMoves = true;
  for (let i = 0; i < 24; i++) {
    send(state, i * 20 * minute, 1, both);
    send(state, i * 20 * minute + minute, 19, ['sup.24v']);
  }
  expect(send(state, 480 * minute, 70, ['sup.24v'])).toEqual([]);
  // Nothing at all for two hours, then both as before.
  expect(send(state, 670 * minute, 20, both)).toEqual([]);
  expect(state.arrivals?.missing).toBe(0);
});

it('a signal that the device does not announce any more is not missing', () => {
  const state = freshState('spr_1', 'org_1');
  state.makesMoves = true;
  send(state, 0, 60, both);
  takeBirth(state, [{ signal: 'sup.24v' }]);
  expect(send(state, 60 * minute, 60, ['sup.24v'])).toEqual([]);
});

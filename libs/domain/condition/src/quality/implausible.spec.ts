import { expect, it } from '@jest/globals';
import { conditionDefaults as settings, freshState, take, type SpreaderState } from '../index';

const minute = 60_000;
let seq = 0;
const send = (state: SpreaderState, from: number, n: number, value: (i: number) => number) =>
  take(settings, state, {
    btu: 'B1',
    spreader: 'spr_1',
    stream: 'live',
    boot: 1,
    seq: ++seq,
    receivedAt: from,
    historical: false,
    clock: 'NTP',
    clockOffset: 0,
    samples: [
      {
        signal: 'hyd.oilTemp',
        at: Array.from({ length: n }, (_, i) => from + i * minute),
        values: Array.from({ length: n }, (_, i) => value(i)),
      },
    ],
  });

it('values that cannot be real are a finding of their own, are used for nothing else, and end', () => {
  const state = freshState('spr_1', 'org_1');
  state.makesMoves = true;
  send(state, 0, 120, () => 40);
  const { statements } = send(state, 120 * minute, 60, (i) => (i % 3 === 0 ? 900 : 40));
  const [, raised] = statements;
  expect(raised).toMatchObject({
    kind: 'advice-raised',
    advice: { failureMode: 'FM-34', component: 'BTU', evidence: [{ signal: 'btu.implausible', value: 1 }] },
  });
  expect(Math.max(...(state.tracks['hyd.oilTemp']?.values ?? []))).toBe(40);
  const after = [180, 240, 300, 360].flatMap((from) => send(state, from * minute, 60, () => 40).statements);
  expect(after.map(({ kind }) => kind)).toEqual(['condition-changed', 'advice-closed']);
  expect(state.implausible).toEqual({});
});

it('a few of them are noise', () => {
  const state = freshState('spr_1', 'org_1');
  state.makesMoves = true;
  expect(send(state, 0, 300, (i) => (i % 60 === 0 ? 900 : 40)).statements).toEqual([]);
});

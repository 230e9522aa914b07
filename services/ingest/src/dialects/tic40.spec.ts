import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Decoded } from './dialect';
import { testSession } from './test-session';
import { ticVersions } from '@quaywatch/contracts';
import { tic40, ticTopic } from './tic40';

const time = '2023-02-08T09:14:02.483Z';
const at = Date.parse(time);
const one = (value: unknown, more: object = {}): object[] => [
  { pom: 'output', pomt: 'actual', timestamp: time, value, ...more },
];
const message = (version: string, spreader: object, msg: object = {}, che: object = {}): object => ({
  msg: { id: 'm-1', sender: 'x', destination: 'y', topic: 'z', timestamp: time, version, ...msg },
  che: [{ id: 'STS07', spreader: [{ id: 'ACME-4711', ...spreader }], ...che }],
});
const decode = (value: unknown, session = testSession('B1')): Decoded =>
  tic40.decode(
    ticTopic('B1'),
    new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)),
    session,
  );
const signals = (decoded: Decoded): Record<string, unknown> =>
  decoded.ok
    ? Object.assign(
        {},
        ...decoded.frames.map(({ body }) => ('signals' in body && !Array.isArray(body.signals) ? body.signals : {})),
      )
    : { reason: decoded.reason };

const lock = (subject: string): object => ({
  [subject]: [
    {
      number: 2,
      locked: { status: one(true, { pom: 'ioutput' }) },
      unlocked: { status: one(false, { pom: 'ioutput' }) },
    },
    {
      location: { technical: [{ value: '1', qualifier: 'spreader' }] },
      locked: { status: one(false, { pom: 'ioutput' }) },
    },
  ],
});

describe('TIC 4.0', () => {
  it.each([...ticVersions])('%s: states of the spreader', (version) => {
    const decoded = decode(
      message(version, {
        ...lock('twistlock'),
        landpin: [{ number: 3, landed: { status: one(true, { pom: 'ioutput' }) } }],
        landed: { status: one(true) },
        size20foot: { status: one(false) },
        size40foot: { status: one(true) },
        twin: { status: one(false) },
        weightload: { gross: one(24.3, { unit: 'ton' }) },
      }),
    );
    expect(decoded).toMatchObject({
      ok: true,
      frames: [{ stream: 'event', sid: 'ACME-4711', bid: 'B1', tsDev: at }],
    });
    expect(signals(decoded)).toMatchObject({
      'tl[2].locked': { t: [0], values: [true] },
      'tl[2].unlocked': { values: [false] },
      'tl[1].locked': { values: [false] },
      'lp[3].seated': { values: [true] },
      landed: { values: [true] },
      'len.pos': { values: ['40'] },
      'twin.mode': { values: [false] },
      'load.total': { values: [24.3] },
    });
  });

  it.each(['2023.007', '2023.009', '2024.010'])('%s knows the newer words', (version) => {
    const decoded = decode(
      message(version, {
        ...lock('lockingdevice'),
        landingpin: [{ number: 1, landed: { status: one(true, { pom: 'internal_out' }) } }],
        weight: { gross: one(24_300, { unit: 'kg' }) },
      }),
    );
    expect(signals(decoded)).toMatchObject({
      'tl[2].locked': { values: [true] },
      'lp[1].seated': { values: [true] },
      'load.total': { values: [24.3] },
    });
  });

  it('2022.004 does not know them', () => {
    expect(decode(message('2022.004', lock('lockingdevice')))).toEqual({
      ok: false,
      reason: 'nothing of a spreader in it',
    });
  });

  it('takes the state, not the order, and history as stored before', () => {
    const decoded = decode(
      message('2024.010', {
        landed: {
          status: [
            ...one(false, { pom: 'input' }),
            ...one(true),
            ...one(true, { pom: 'ioutput' }),
            ...one(false, { pomt: 'historic', timestamp: '2023-02-08T08:00:00Z' }),
            ...one(true, { pomt: 'planned' }),
          ],
        },
      }),
    );
    expect(decoded).toMatchObject({
      ok: true,
      frames: [
        { hist: false, body: { signals: { landed: { values: [true] } } } },
        { hist: true, body: { signals: { landed: { values: [false] } } } },
      ],
    });
  });

  it('makes alarms of error messages', () => {
    const health = [{ errormessage: [{ mcode: 'E-17', description: 'Oil low', value: true, timestamp: time }] }];
    expect(decode(message('2024.010', {}, {}, { health }))).toMatchObject({
      ok: true,
      frames: [{ stream: 'alarm', body: { code: 'E-17', text: 'Oil low', active: true } }],
    });
  });

  it('names a message by idthread and idsequence, else by the connection', () => {
    const named = message('2024.010', { landed: { status: one(true) } }, { idthread: 'cycle', idsequence: 12 });
    const [first, again] = [decode(named), decode(named, testSession('B1', 5))];
    expect(first).toEqual(again);
    const unnamed = message('2024.010', { landed: { status: one(true) } });
    const session = testSession('B1', 77);
    const numbers = [decode(unnamed, session), decode(unnamed, session)].map(
      (decoded) => decoded.ok && decoded.frames.map(({ boot, seq }) => [boot, seq]),
    );
    expect(numbers).toEqual([[[77, 1]], [[77, 2]]]);
  });

  const landed = (more: object): object => message('2024.010', { landed: { status: one(true, more) } });
  it.each<[string, unknown, RegExp]>([
    ['nothing', '', /not JSON/],
    ['no msg', {}, /no msg/],
    ['an unknown release', message('2019.001', {}), /2019.001 is not known/],
    ['no time', message('2024.010', {}, { timestamp: 'yesterday' }), /without timestamp/],
    ['two spreaders', { ...message('2024.010', {}), che: [{ spreader: [{}, {}] }] }, /more than one spreader/],
    ['nothing of ours', message('2024.010', { search: { status: one(true) } }), /nothing of a spreader/],
    ['an unknown point of measurement', landed({ pom: 'elsewhere' }), /pom elsewhere/],
    ['an unknown tense', landed({ pomt: 'maybe' }), /pomt maybe/],
    ['a value without time', landed({ timestamp: '2023-02-08 09:14' }), /without timestamp/],
    [
      'the same element twice',
      message('2024.010', { landed: { status: [...one(true), ...one(false)] } }),
      /more than one element/,
    ],
    [
      'a twistlock 9',
      message('2024.010', { twistlock: [{ number: 9, locked: { status: one(true) } }] }),
      /twistlock 9/,
    ],
    ['a tree too deep', '{"msg":'.repeat(30), /nested deeper/],
  ])('refuses %s', (_, value, reason) => {
    const decoded = decode(value);
    expect(decoded.ok).toBe(false);
    if (!decoded.ok) expect(decoded.reason).toMatch(reason);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => void decode(message('2024.010', { landed: value, twistlock: value } as object)),
      ),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (bytes) => void tic40.decode(ticTopic('B1'), bytes, testSession('B1')),
      ),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { nativeFrame } from '@quaywatch/contracts';
import fc from 'fast-check';
import { plainFrame } from './plain-frame';

const frame = {
  ...{ v: 1, stream: 'live', sid: null, bid: 'B1', boot: 1, seq: 1, tsDev: 1000, up: 0, tsSent: 1000, cq: 'NTP' },
  ...{ hist: false, body: { signals: { 'hyd.oilTemp': { t: [0, 10], values: [41.5, null] } } } },
};
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    -1,
    0,
    0.5,
    2 ** 53,
    Infinity,
    NaN,
    '',
    'x'.repeat(65),
    'x'.repeat(257),
    null,
    true,
    [],
    {},
    'event',
    'NONE',
  ),
);
const column = fc.oneof(
  fc.record({ t: fc.array(odd, { maxLength: 3 }), values: fc.array(odd, { maxLength: 3 }) }),
  fc.record({ t: fc.array(fc.double(), { maxLength: 3 }), values: fc.array(odd, { maxLength: 3 }) }),
  odd,
);

/** `readJson` refuses `__proto__` before anybody asks: the contract's library would drop it without a word. */
const signal = fc.string({ maxLength: 70 }).filter((name) => name !== '__proto__');

describe('plainFrame', () => {
  it('knows a frame of samples', () => {
    expect(plainFrame(frame)).toBe(frame);
    expect(plainFrame({ ...frame, stream: 'event', sid: 'S' })).toBeDefined();
  });

  it('takes nothing that the contract refuses, and gives what the contract gives', () => {
    const changed = fc.oneof(
      fc.tuple(fc.constantFrom(...Object.keys(frame), 'more'), odd).map(([key, value]) => ({ ...frame, [key]: value })),
      fc.dictionary(signal, column, { maxKeys: 3 }).map((signals) => ({ ...frame, body: { signals } })),
      odd.map((body) => ({ ...frame, body })),
      fc
        .constantFrom(...Object.keys(frame))
        .map((key) => Object.fromEntries(Object.entries(frame).filter(([name]) => name !== key))),
    );
    fc.assert(
      fc.property(changed, (value) => {
        const plain = plainFrame(value);
        const parsed = nativeFrame.safeParse(value);
        if (plain !== undefined) expect(parsed).toEqual({ success: true, data: plain });
        // And it is not needlessly strict on frames of samples.
        else if (parsed.success) expect(['alarm', 'birth', 'gap']).toContain(parsed.data.stream);
      }),
      { numRuns: 5000 },
    );
  });
});

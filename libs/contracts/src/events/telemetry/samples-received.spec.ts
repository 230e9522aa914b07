import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clockQuality } from '../../device/native-json';
import { readEvent } from '../read-event';
import { samplesReceived } from './samples-received';

const number = fc.oneof(fc.integer(), fc.double());
const column = fc.record({
  signal: fc.string(),
  at: fc.array(number, { maxLength: 3 }),
  values: fc.array(fc.oneof(number, fc.boolean(), fc.string(), fc.constant(null)), { maxLength: 3 }),
});
const data = fc.record({
  btu: fc.string(),
  spreader: fc.oneof(fc.constant(null), fc.string()),
  stream: fc.constantFrom('live', 'event', 'alarm', 'birth', 'gap'),
  boot: fc.nat(),
  seq: fc.nat(),
  receivedAt: number,
  historical: fc.boolean(),
  clock: fc.constantFrom(...clockQuality.options),
  clockOffset: number,
  samples: fc.array(column, { maxLength: 3 }),
});
const envelope = fc.record({
  id: fc.string(),
  type: fc.constant('samples-received'),
  v: fc.constant(1),
  source: fc.string(),
  org: fc.string(),
  key: fc.string(),
  time: number,
  data,
});
const [schema] = samplesReceived.versions;

/** Puts `value` in place of the part that `path` leads to; a part that is not there is added. */
function put(root: unknown, path: readonly number[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof root !== 'object' || root === null) return value;
  const keys = [...Object.keys(root), 'another'];
  const key = keys[step % keys.length] as string;
  const copy: Record<string, unknown> = Array.isArray(root) ? ([...(root as unknown[])] as never) : { ...root };
  if (value === undefined) delete copy[key];
  else copy[key] = put(copy[key], rest, value);
  return copy;
}

describe('the short look at samples', () => {
  it('takes only what the schema takes as it is, and what it takes is read unchanged', () => {
    let taken = 0;
    const path = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(envelope, fc.option(fc.tuple(path, fc.jsonValue())), (whole, change) => {
        // As it comes out of the log.
        const stored = JSON.parse(JSON.stringify(change ? put(whole, ...change) : whole)) as { data?: unknown };
        const read = readEvent(stored);
        const parsed = schema.safeParse(stored.data);
        if (samplesReceived.accepts?.(stored.data)) {
          taken++;
          expect(parsed.success && parsed.data).toEqual(stored.data);
        }
        if (read.kind === 'event') {
          expect(parsed.success).toBe(true);
          expect(read.event).toEqual(stored);
        }
      }),
      { numRuns: 1500 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it('does not take an envelope that is not whole', () => {
    const sample = {
      ...{ btu: 'B', spreader: null, stream: 'live', boot: 1, seq: 1, receivedAt: 1, historical: false, clock: 'NTP' },
      ...{ clockOffset: 0, samples: [{ signal: 's', at: [1], values: [1] }] },
    };
    const good = {
      ...{ id: 'e', type: 'samples-received', v: 1, source: 'ingest', org: 'o', key: 'k', time: 1, data: sample },
    };
    expect(samplesReceived.accepts?.(sample)).toBe(true);
    expect(readEvent(good).kind).toBe('event');
    for (const wrong of [{ id: '' }, { org: 7 }, { time: '1' }, { more: 1 }, { key: undefined }])
      expect(readEvent({ ...good, ...wrong }).kind).toBe('unreadable');
    expect(readEvent({ ...good, v: 2 }).kind).toBe('from-the-future');
  });
});

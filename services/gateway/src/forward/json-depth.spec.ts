import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTooDeep } from './json-depth';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('depth of a body', () => {
  it('is counted as JSON.parse sees it, whatever stands in strings', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 6 }), (value, most) => {
        expect(isTooDeep(bytes(JSON.stringify(value)), most)).toBe(depthOf(value) > most);
      }),
    );
    expect(isTooDeep(bytes('{"a":"[[[[\\"[[{{"}'), 1)).toBe(false);
  });

  it('is bounded, for text that is no JSON too', () => {
    expect(isTooDeep(bytes('['.repeat(32)))).toBe(false);
    expect(isTooDeep(bytes('['.repeat(33)))).toBe(true);
    expect(isTooDeep(bytes(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`))).toBe(true);
  });
});

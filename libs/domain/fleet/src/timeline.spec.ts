import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { moveTo, nextChange, placeAt, type Placement } from './timeline';

const at = (place: string | null, from: number): Placement => ({ place, from });

describe('placeAt', () => {
  const history = [at('A', 10), at('B', 20), at('C', 15), at('D', 20)];
  it.each([
    [9, null],
    [10, 'A'],
    [15, 'C'],
    [19, 'C'],
    [20, 'D'],
    [99, 'D'],
  ])('at %d it is at %s', (time, place) => expect(placeAt(history, time)).toBe(place));

  it('tells the next change', () => {
    expect(nextChange(history, 10)).toBe(15);
    expect(nextChange(history, 20)).toBe(Infinity);
  });
});

describe('moveTo', () => {
  it('records nothing when it is there already', () => {
    expect(moveTo({ thing: 'S1', history: [at('C1', 10)] }, 'C1', 12, [])).toEqual([]);
  });

  it('sends away who is there', () => {
    const others = [{ thing: 'S2', history: [at('C1', 5)] }];
    expect(moveTo({ thing: 'S1', history: [] }, 'C1', 10, others)).toEqual([
      { thing: 'S1', place: 'C1', from: 10 },
      { thing: 'S2', place: null, from: 10 },
    ]);
  });

  it('leaves when the next one, recorded before, comes', () => {
    const others = [{ thing: 'S2', history: [at('C1', 20)] }];
    expect(moveTo({ thing: 'S1', history: [] }, 'C1', 10, others)).toEqual([
      { thing: 'S1', place: 'C1', from: 10 },
      { thing: 'S1', place: null, from: 20 },
    ]);
  });

  it('records "in none" for a thing of which nothing is known yet', () => {
    expect(moveTo({ thing: 'S1', history: [] }, null, 10, [])).toEqual([{ thing: 'S1', place: null, from: 10 }]);
  });

  const step = fc.record({
    thing: fc.constantFrom('S1', 'S2', 'S3'),
    place: fc.constantFrom('C1', 'C2', null),
    from: fc.integer({ min: 0, max: 12 }),
  });
  it('never has two things at one place, and does what was asked, in any order of recording', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const histories = new Map<string, Placement[]>(['S1', 'S2', 'S3'].map((thing) => [thing, []]));
        const all = () => [...histories].map(([thing, history]) => ({ thing, history }));
        for (const { thing, place, from } of steps) {
          for (const move of moveTo({ thing, history: histories.get(thing) ?? [] }, place, from, all())) {
            histories.get(move.thing)?.push({ place: move.place, from: move.from });
          }
          expect(placeAt(histories.get(thing) ?? [], from)).toBe(place);
          for (let time = 0; time <= 13; time++) {
            const places = all()
              .map(({ history }) => placeAt(history, time))
              .filter((p) => p !== null);
            expect(new Set(places).size).toBe(places.length);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { analyse, arrive, calm, workOf, type Trouble } from './late-data';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);

// A twistlock that goes stiff: its case is opened in the time off line.
const work = workOf(31, 22, [
  { mode: 'FM-02', position: 3, onsetAt: start + 5 * hour, fullAt: start + 17 * hour, shape: 'linear' },
]);
const clean = analyse(arrive(work, calm));
const after = (trouble: Partial<Trouble>): ReturnType<typeof analyse> => analyse(arrive(work, { ...calm, ...trouble }));

describe('what the analysis says of data that came in disorder', () => {
  it('is something: moves in every hour and a case', () => {
    expect(clean.moves).toBeGreaterThan(450);
    expect(clean.cases).toEqual([expect.stringMatching(/^FM-02 TL\[3\] /)]);
  });

  it.each<[string, Partial<Trouble>]>([
    ['lost and sent again, twice, in another order', { resend: 0.02, duplicate: 0.02, shuffle: 10_000 }],
    ['6 h off line', { offlineAt: 9 * hour, offlineFor: 6 * hour }],
    [
      'all of it',
      { resend: 0.02, duplicate: 0.02, shuffle: 10_000, offlineAt: 9 * hour, offlineFor: 2 * hour, seed: 3 },
    ],
  ])('%s: the same figures, cases and memory', (_, trouble) => {
    const found = after(trouble);
    expect(found.kpis).toEqual(clean.kpis);
    expect(found.cases).toEqual(clean.cases);
    expect(found.memory).toEqual(clean.memory);
    expect(found.corrections).toBeGreaterThan(clean.corrections);
  });

  it.each([90_000, -90_000, '1970'] as const)('clock wrong by %s ms: the same figures and cases', (clock) => {
    const found = after({ clock });
    expect(found.kpis).toEqual(clean.kpis);
    expect(found.cases).toEqual(clean.cases);
  });
});

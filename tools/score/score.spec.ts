import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { scorerOf, scoreSets } from './sets';

const data = '../shared/data';

// Recorded data lie beside the project. Where they are missing these tests are left out, but not in CI.
const here = existsSync(data);
if (!here && !process.env['CI']) console.warn(`recorded data are not in ${data}: scores are not tested`);
const sets = here || process.env['CI'] ? it : it.skip;

describe('scores on recorded machines', () => {
  for (const [name, score] of Object.entries(scoreSets(scorerOf(data)))) {
    sets(
      `${name} reaches what is asked at least`,
      async () => {
        const lines = await score(join(data, name));
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.filter(({ met }) => !met)).toEqual([]);
      },
      60_000,
    );
  }
});

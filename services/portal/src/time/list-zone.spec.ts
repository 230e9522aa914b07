import { describe, expect, it } from '@jest/globals';
import { listZone } from './list-zone';

describe('listZone', () => {
  const got = { id: 'got', time_zone: 'Europe/Stockholm' };
  const mal = { id: 'mal', time_zone: 'Europe/Stockholm' };
  const val = { id: 'val', time_zone: 'America/Santiago' };

  it.each([
    [[got, val], 'val', 'America/Santiago'],
    [[got, mal], undefined, 'Europe/Stockholm'],
    [[got, val], undefined, 'Own/Zone'],
    [[], undefined, 'Own/Zone'],
  ] as const)('%j, %s: %s', (terminals, terminal, expected) =>
    expect(listZone(terminals, terminal, 'Own/Zone')).toBe(expected),
  );
});

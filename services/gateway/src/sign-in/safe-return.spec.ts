import { describe, expect, it } from '@jest/globals';
import { safeReturn } from './safe-return';

const url = 'https://quaywatch.example.com';

describe('where to go after signing in', () => {
  it.each(['/', '/spreaders/SPR-0244?tab=moves#now', '/fleet', '/authors'])('goes back to %s', (path) => {
    expect(safeReturn(path, url)).toBe(path);
  });

  it.each([
    undefined,
    ['/a'],
    '',
    'fleet',
    'https://evil.example.com/',
    '//evil.example.com',
    '/\\evil.example.com',
    '/\t/evil.example.com',
    '/.//evil.example.com',
    '/auth/logout',
    '/auth',
    '/oidc/session/end',
    '/v1/me',
    'javascript:alert(1)',
    `/${'x'.repeat(3000)}`,
  ])('does not go to %s', (given) => {
    expect(safeReturn(given, url)).toBe('/');
  });
});

import { describe, expect, it } from '@jest/globals';
import { crossSite, type CrossSiteHeaders } from './cross-site';

const url = 'https://quaywatch.example.com';
const own = { 'x-csrf': '1', origin: url, 'sec-fetch-site': 'same-origin' };

describe('changes from other sites', () => {
  it.each<[string, CrossSiteHeaders]>([
    ['our own page', own],
    ['our own page in a browser without Sec-Fetch-Site', { 'x-csrf': '1', origin: url }],
    ['our own page without Origin', { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' }],
  ])('lets %s change things', (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect(crossSite(method, headers, url)).toBeUndefined();
  });

  it.each<[string, CrossSiteHeaders]>([
    ['no header', { origin: url, 'sec-fetch-site': 'same-origin' }],
    ['another value', { ...own, 'x-csrf': 'true' }],
    ['another origin', { ...own, origin: 'https://evil.example.com' }],
    ['a null origin', { ...own, origin: 'null' }],
    ['our host by another scheme', { ...own, origin: 'http://quaywatch.example.com' }],
    ['another site', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { ...own, 'sec-fetch-site': 'same-site' }],
    ['a typed address', { ...own, 'sec-fetch-site': 'none' }],
    ['nothing that tells', { 'x-csrf': '1' }],
  ])('refuses %s', (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'FOO'])
      expect(crossSite(method, headers, url)).toEqual(expect.any(String));
    expect(crossSite('GET', headers, url)).toBeUndefined();
  });
});

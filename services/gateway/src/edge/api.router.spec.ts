import { describe, expect, it } from '@jest/globals';
import { routes, type RouteDefinition } from '@quaywatch/contracts';
import { sayDeprecated } from './api.router';

const headersOf = (route: RouteDefinition): Record<string, string> => {
  const headers: Record<string, string> = {};
  const res = { set: (name: string, value: string) => ((headers[name] = value), res) };
  sayDeprecated(route, res as unknown as Parameters<typeof sayDeprecated>[1]);
  return headers;
};

describe('an operation that will go away', () => {
  it('says since when, until when, and what to use instead', () => {
    const deprecated = {
      since: '2026-11-01T00:00:00.000Z',
      sunset: '2027-11-01T00:00:00.000Z',
      successor: 'listAlarms',
    };
    expect(headersOf({ ...routes.listTerminals, deprecated } as RouteDefinition)).toEqual({
      Deprecation: '@1793491200',
      Sunset: 'Mon, 01 Nov 2027 00:00:00 GMT',
      Link: '</v1/alarms>; rel="successor-version"',
    });
  });

  it('any other says nothing', () => expect(headersOf(routes.listTerminals)).toEqual({}));
});

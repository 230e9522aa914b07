import { describe, expect, it } from '@jest/globals';
import { routes } from '@quaywatch/contracts';
import { queryErrors } from './check-query';

describe('query parameters', () => {
  it('takes what the contract names', () => {
    expect(queryErrors(routes.listSpreaders, '?condition=act_now,plan&terminal=ter_1&limit=5')).toEqual([]);
    expect(queryErrors(routes.me, '')).toEqual([]);
  });

  it.each([
    [routes.me, '?x=1', 'unknown'],
    [routes.listSpreaders, '?colour=red', 'unknown'],
    [routes.listSpreaders, '?limit=5&limit=6', 'repeated'],
    [routes.listSpreaders, '?limit=0', 'too_small'],
    [routes.listSpreaders, '?condition=fine', 'invalid_value'],
    [routes.getSeries, '?signals=hyd.press', 'invalid_type'],
    [routes.listAlarms, '?__proto__=x', 'unknown'],
  ])('refuses %# by name', (route, search, code) => {
    expect(queryErrors(route, search)).toEqual(expect.arrayContaining([expect.objectContaining({ code })]));
  });
});

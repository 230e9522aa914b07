import { describe, expect, it } from '@jest/globals';
import { routes, type RouteDefinition } from '@quaywatch/contracts';
import { routeMatcher } from './match-route';

const all: readonly RouteDefinition[] = Object.values(routes);
const match = routeMatcher(all);

describe('route matcher', () => {
  it('finds every operation of the contract by an example of its path', () => {
    for (const route of all) {
      expect(match(route.method, route.path.replace(/\{\w+\}/g, 'spr_1.a-b'))).toMatchObject({
        kind: 'route',
        route: { id: route.id },
      });
    }
  });

  it('decodes parameters, and prefers a literal path', () => {
    expect(match('GET', '/v1/spreaders/SPR%200244')).toMatchObject({
      route: { id: 'getSpreader' },
      params: { id: 'SPR 0244' },
    });
    expect(match('GET', '/v1/audit-events/verification')).toMatchObject({ route: { id: 'verifyAudit' } });
  });

  it('tells a wrong method from a wrong path', () => {
    expect(match('DELETE', '/v1/terminals')).toEqual({ kind: 'method', allow: ['GET', 'POST'] });
    for (const path of [
      '/v1',
      '/v1/',
      '/v1/nothing',
      '/v1/terminals/',
      '/V1/terminals',
      '/v1/terminals/x/y',
      '/v1//terminals',
      '/internal/sessions/x',
    ]) {
      expect(match('GET', path)).toEqual({ kind: 'not_found' });
    }
  });

  it.each(['..', '%2e%2e', 'a%2Fb', '%5c', '%00', 'a%0Ab', '%E0%A4%A'])('takes no path trick: %s', (part) => {
    expect(match('GET', `/v1/spreaders/${part}`)).toEqual({ kind: 'not_found' });
  });
});

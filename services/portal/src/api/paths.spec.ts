import { describe, expect, it } from '@jest/globals';
import { routes } from '@quaywatch/contracts';
import { apiPaths, eventStreamPath } from './paths';

describe('paths of the API', () => {
  it.each(Object.entries(apiPaths))('%s is as in the contract', (id, { method, path }) => {
    const route = routes[id as keyof typeof apiPaths];
    expect({ method: route.method, path: route.path }).toEqual({ method, path });
  });

  it('knows the stream of events', () => expect(routes.eventStream.path).toBe(eventStreamPath));
});

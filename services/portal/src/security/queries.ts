import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/queries';
import { request, type Answer } from '../api/request';

/** A person of the list. */
export type Person = Answer<'listUsers'>['data'][number];
/** A role that somebody holds. */
export type Grant = Person['roles'][number];
/** A program. */
export type Program = Answer<'listApiClients'>['data'][number];
/** A session. */
export type SignedInSession = Answer<'listOwnSessions'>['data'][number];
/** One's own ways to sign in. */
export type OwnSecurity = Answer<'getOwnSecurity'>;

export const ownSecurityQuery = queryOptions({
  queryKey: ['own-security'],
  queryFn: ({ signal }) => request('getOwnSecurity', { signal }),
});

export const ownSessionsQuery = queryOptions({
  queryKey: ['own-sessions'],
  queryFn: ({ signal }) => request('listOwnSessions', { signal }),
});

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) =>
    allPages<Person>((cursor) => request('listUsers', { query: { limit: 1000, cursor }, signal })),
});

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id],
    queryFn: ({ signal }) => request('getUser', { path: { id }, signal }),
  });

export const personSessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['person-sessions', id],
    queryFn: ({ signal }) => request('listUserSessions', { path: { id }, signal }),
  });

export const programsQuery = queryOptions({
  queryKey: ['programs'],
  queryFn: ({ signal }) =>
    allPages<Program>((cursor) => request('listApiClients', { query: { limit: 1000, cursor }, signal })),
});

/** The organisation's own roles that are not retired. */
export const ownRolesQuery = queryOptions({
  queryKey: ['own-roles'],
  queryFn: async ({ signal }) => (await request('listRoles', { signal })).data.filter(({ retired }) => !retired),
});

export const policyQuery = queryOptions({
  queryKey: ['access-policy'],
  queryFn: ({ signal }) => request('getAccessPolicy', { signal }),
});

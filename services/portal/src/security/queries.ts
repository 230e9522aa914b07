import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/queries';
import { request, type Answer } from '../api/request';
import { pagesQuery } from '../parts/paged';
import type { AuditSearch, incidentStates } from '../router';

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

export const consentsQuery = queryOptions({
  queryKey: ['consents'],
  queryFn: ({ signal }) => request('listConsents', { signal }),
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

/** Something that takes two people. */
export type Approval = Answer<'listApprovals'>['data'][number];
/** A review of who holds what. */
export type Review = Answer<'listReviews'>['data'][number];
/** A security incident. */
export type Incident = Answer<'getIncident'>;
/** An entry of the audit trail. */
export type AuditEvent = Answer<'listAuditEvents'>['data'][number];

export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: async ({ signal }) => (await request('listApprovals', { signal })).data,
  refetchInterval: 60_000,
});

export const reviewsQuery = queryOptions({
  queryKey: ['reviews'],
  queryFn: async ({ signal }) => (await request('listReviews', { signal })).data,
});

export const auditQuery = ({ action, target, actor, from, to }: AuditSearch) =>
  pagesQuery<AuditEvent>(
    ['audit', action, target, actor, from, to].map((part) => part ?? ''),
    (cursor, signal) =>
      request('listAuditEvents', { query: { limit: 100, cursor, action, target, actor, from, to }, signal }),
  );

export const incidentsQuery = (state: (typeof incidentStates)[number] | undefined) =>
  pagesQuery<Incident>(
    ['incidents', state ?? ''],
    (cursor, signal) => request('listIncidents', { query: { limit: 100, cursor, state }, signal }),
    60_000,
  );

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => request('getIncident', { path: { id }, signal }),
  });

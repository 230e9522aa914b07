import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Permission } from '@quaywatch/contracts';
import { request, type Answer } from './request';

/** The signed-in person. */
export type Me = Answer<'me'>;
/** A terminal of the list. */
export type Terminal = Answer<'listTerminals'>['data'][number];
/** A crane of the list. */
export type Crane = Answer<'listCranes'>['data'][number];
/** What needs attention. */
export type Attention = Answer<'attention'>;
/** A spreader of the list. */
export type Spreader = Answer<'listSpreaders'>['data'][number];
/** A spreader with its live values. */
export type SpreaderDetail = Answer<'getSpreader'>;
/** Health of a spreader, component by component. */
export type Health = Answer<'getSpreaderHealth'>;
/** A finding with its evidence. */
export type Finding = Answer<'getFinding'>;
/** An alarm. */
export type Alarm = Answer<'listAlarms'>['data'][number];
/** A move. */
export type Move = Answer<'listMoves'>['data'][number];
/** A signal over time. */
export type Series = Answer<'getSeries'>['series'][number];
/** How bad it is. */
export type Level = Spreader['condition'];

interface Page<T> {
  readonly data: T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** Reads a list to its end, page by page. */
export async function allPages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    all.push(...page.data);
    cursor = page.has_more ? (page.next_cursor ?? undefined) : undefined;
  } while (cursor !== undefined);
  return all;
}

const minute = 60_000;

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => request('me', { signal }),
  staleTime: 5 * minute,
});

export const terminalsQuery = queryOptions({
  queryKey: ['terminals'],
  queryFn: ({ signal }) =>
    allPages<Terminal>((cursor) => request('listTerminals', { query: { limit: 1000, cursor }, signal })),
  staleTime: 5 * minute,
});

export const cranesQuery = (terminal: string) =>
  queryOptions({
    queryKey: ['cranes', terminal],
    queryFn: ({ signal }) =>
      allPages<Crane>((cursor) => request('listCranes', { query: { limit: 1000, cursor, terminal }, signal })),
    staleTime: minute,
  });

export const attentionQuery = (terminal: string | undefined) =>
  queryOptions({
    queryKey: ['attention', terminal ?? 'all'],
    queryFn: ({ signal }) => request('attention', { query: { terminal }, signal }),
    refetchInterval: minute,
  });

/** All spreaders one may see, to the end of the list. */
export const spreadersQuery = queryOptions({
  queryKey: ['spreaders'],
  queryFn: ({ signal }) =>
    allPages<Spreader>((cursor) => request('listSpreaders', { query: { limit: 1000, cursor }, signal })),
  refetchInterval: minute,
});

export const spreaderQuery = (number: string) =>
  queryOptions({
    queryKey: ['spreader', number],
    queryFn: ({ signal }) => request('getSpreader', { path: { id: number }, signal }),
    refetchInterval: 10_000,
  });

export const healthQuery = (number: string) =>
  queryOptions({
    queryKey: ['health', number],
    queryFn: ({ signal }) => request('getSpreaderHealth', { path: { id: number }, signal }),
    refetchInterval: minute,
  });

/** What components have used, and what is left. */
export const lifeQuery = (number: string) =>
  queryOptions({
    queryKey: ['remaining-life', number],
    queryFn: ({ signal }) => request('getRemainingLife', { path: { id: number }, signal }),
    staleTime: 60 * minute,
  });

export const findingsQuery = (spreaderId: string | undefined) =>
  queryOptions({
    queryKey: ['findings', spreaderId ?? ''],
    queryFn: ({ signal }) =>
      allPages<Finding>((cursor) =>
        request('listFindings', { query: { limit: 100, cursor, status: 'open', spreader: spreaderId }, signal }),
      ),
    enabled: spreaderId !== undefined,
    refetchInterval: minute,
  });

/** One finding, also a closed one. */
export const findingQuery = (id: string | undefined) =>
  queryOptions({
    queryKey: ['finding', id ?? ''],
    queryFn: ({ signal }) => request('getFinding', { path: { id: id ?? '' }, signal }),
    enabled: id !== undefined,
  });

export const movesQuery = (number: string) =>
  infiniteQueryOptions({
    queryKey: ['moves', number],
    queryFn: ({ signal, pageParam }) =>
      request('listMoves', { path: { id: number }, query: { limit: 20, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.has_more ? (page.next_cursor ?? undefined) : undefined),
  });

/** One signal from `hours` ago to now; the window moves on with each refetch. */
export const seriesQuery = (number: string, signalId: string | undefined, hours: number, now: () => number) =>
  queryOptions({
    queryKey: ['series', number, signalId ?? '', hours],
    queryFn: ({ signal }) => {
      const to = now();
      return request('getSeries', {
        path: { id: number },
        query: {
          signals: signalId ?? '',
          from: new Date(to - hours * 3_600_000).toISOString(),
          to: new Date(to).toISOString(),
          max_points: 600,
        },
        signal,
      });
    },
    enabled: signalId !== undefined,
    refetchInterval: minute,
    staleTime: 30_000,
  });

/** Open alarms, whatever their age. */
export const alarmsQuery = queryOptions({
  queryKey: ['alarms'],
  queryFn: ({ signal }) =>
    allPages<Alarm>((cursor) => request('listAlarms', { query: { limit: 1000, cursor, state: 'open' }, signal })),
  refetchInterval: minute,
});

/** True when the person may do this somewhere; unknown (not loaded yet) counts as no. */
export const may = (me: Me | undefined, permission: Permission): boolean =>
  me?.permissions.includes(permission) ?? false;

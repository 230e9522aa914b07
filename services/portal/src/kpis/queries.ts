import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from '../api/request';
import type { KpisSearch } from '../router';

const hour = 3_600_000;

/** The period of the figures, whole hours. */
export function periodOf({ days = '30' }: KpisSearch): { readonly from: string; readonly to: string } {
  const to = Math.ceil(Date.now() / hour) * hour;
  return { from: new Date(to - Number(days) * 24 * hour).toISOString(), to: new Date(to).toISOString() };
}

export const kpisQuery = (search: KpisSearch) => {
  const { by = 'fleet', days = '30', stop = '5', terminal } = search;
  return queryOptions({
    queryKey: ['kpis', by, days, stop, terminal ?? 'all'],
    queryFn: ({ signal }) =>
      request('getKpis', { query: { ...periodOf(search), group_by: by, min_stop: stop, terminal }, signal }),
    placeholderData: keepPreviousData,
  });
};

export const precisionQuery = (search: KpisSearch) => {
  const { days = '30', terminal } = search;
  return queryOptions({
    queryKey: ['precision', days, terminal ?? 'all'],
    queryFn: ({ signal }) => request('getPrecision', { query: { ...periodOf(search), terminal }, signal }),
    placeholderData: keepPreviousData,
  });
};

export const stopsQuery = (search: KpisSearch) => {
  const { days = '30', terminal } = search;
  return queryOptions({
    queryKey: ['stops', days, terminal ?? 'all'],
    queryFn: ({ signal }) => request('listStops', { query: { ...periodOf(search), terminal }, signal }),
    placeholderData: keepPreviousData,
  });
};

import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/queries';
import { request, type Answer } from '../api/request';

/** A component with a serial number. */
export type Passport = Answer<'listPassports'>['data'][number];

/** Its passport with its life across spreaders. */
export type PassportDetail = Answer<'getPassport'>;

export const passportsQuery = (spreader: string | undefined) =>
  queryOptions({
    queryKey: ['passports', spreader ?? ''],
    queryFn: ({ signal }) =>
      allPages<Passport>((cursor) => request('listPassports', { query: { limit: 1000, cursor, spreader }, signal })),
  });

export const passportQuery = (serial: string) =>
  queryOptions({
    queryKey: ['passport', serial],
    queryFn: ({ signal }) => request('getPassport', { path: { id: serial }, signal }),
  });

import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/queries';
import { request, type Answer } from '../api/request';
import { pagesQuery } from '../parts/paged';

/** A unit of the list. */
export type Device = Answer<'listDevices'>['data'][number];
/** One unit with all that its console shows. */
export type DeviceDetail = Answer<'getDevice'>;
/** A command to a unit. */
export type DeviceCommand = Answer<'listCommands'>['data'][number];
/** A frame in quarantine. */
export type QuarantinedFrame = Answer<'listQuarantine'>['data'][number];
/** A firmware. */
export type Firmware = Answer<'listFirmware'>['data'][number];
/** A roll-out of the list. */
export type RolloutSummary = Answer<'listRollouts'>['data'][number];
/** One roll-out with how far each unit is. */
export type Rollout = Answer<'getRollout'>;
/** A certificate authority. */
export type Authority = Answer<'listAuthorities'>['data'][number];
/** Which frames of a spreader are here. */
export type Completeness = Answer<'getCompleteness'>;

const soon = 15_000;
const minute = 60_000;

export const devicesQuery = queryOptions({
  queryKey: ['devices'],
  queryFn: ({ signal }) =>
    allPages<Device>((cursor) => request('listDevices', { query: { limit: 1000, cursor }, signal })),
  refetchInterval: minute,
});

export const deviceQuery = (btu: string) =>
  queryOptions({
    queryKey: ['device', btu],
    queryFn: ({ signal }) => request('getDevice', { path: { id: btu }, signal }),
    refetchInterval: soon,
  });

export const commandsQuery = (btu: string) =>
  pagesQuery<DeviceCommand>(
    ['commands', btu],
    (cursor, signal) => request('listCommands', { path: { id: btu }, query: { limit: 20, cursor }, signal }),
    soon,
  );

export const completenessQuery = (spreaderId: string | null) =>
  queryOptions({
    queryKey: ['completeness', spreaderId ?? ''],
    queryFn: ({ signal }) => request('getCompleteness', { path: { id: spreaderId ?? '' }, signal }),
    enabled: spreaderId !== null,
    refetchInterval: minute,
  });

export const quarantineQuery = (btu: string | undefined) =>
  pagesQuery<QuarantinedFrame>(['quarantine', btu ?? ''], (cursor, signal) =>
    request('listQuarantine', { query: { limit: 50, cursor, btu }, signal }),
  );

export const firmwareQuery = queryOptions({
  queryKey: ['firmware'],
  queryFn: ({ signal }) =>
    allPages<Firmware>((cursor) => request('listFirmware', { query: { limit: 1000, cursor }, signal })),
});

export const rolloutsQuery = pagesQuery<RolloutSummary>(
  ['rollouts'],
  (cursor, signal) => request('listRollouts', { query: { limit: 50, cursor }, signal }),
  soon,
);

export const rolloutQuery = (id: string) =>
  queryOptions({
    queryKey: ['rollout', id],
    queryFn: ({ signal }) => request('getRollout', { path: { id }, signal }),
    refetchInterval: 5000,
  });

export const authoritiesQuery = queryOptions({
  queryKey: ['authorities'],
  queryFn: ({ signal }) =>
    allPages<Authority>((cursor) => request('listAuthorities', { query: { limit: 1000, cursor }, signal })),
});

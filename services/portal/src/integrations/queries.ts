import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/queries';
import { request, type Answer } from '../api/request';
import { pagesQuery } from '../parts/paged';

/** An address that gets alarms. */
export type Webhook = Answer<'listWebhookEndpoints'>['data'][number];
/** A message to it and what became of it. */
export type Delivery = Answer<'listDeliveries'>['data'][number];
/** An export job. */
export type ExportJob = Answer<'listExports'>['data'][number];

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) =>
    allPages<Webhook>((cursor) => request('listWebhookEndpoints', { query: { limit: 1000, cursor }, signal })),
});

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhook', id],
    queryFn: ({ signal }) => request('getWebhookEndpoint', { path: { id }, signal }),
  });

export const deliveriesQuery = (id: string) =>
  pagesQuery<Delivery>(
    ['deliveries', id],
    (cursor, signal) => request('listDeliveries', { path: { id }, query: { limit: 50, cursor }, signal }),
    5000,
  );

const isBusy = ({ state }: ExportJob): boolean => state === 'waiting' || state === 'running';

/** One's own exports; read again every second while one is being made. */
export const exportsQuery = queryOptions({
  queryKey: ['exports'],
  queryFn: ({ signal }) =>
    allPages<ExportJob>((cursor) => request('listExports', { query: { limit: 1000, cursor }, signal })),
  refetchInterval: (query) => (query.state.data?.some(isBusy) ? 1000 : false),
});

import type { QueryClient } from '@tanstack/react-query';
import { eventStreamPath } from '../api/paths';
import {
  alarmsQuery,
  may,
  meQuery,
  spreadersQuery,
  type Alarm,
  type Spreader,
  type SpreaderDetail,
} from '../api/queries';
import { request } from '../api/request';
import { alarmsWithEvents, outdatedBy, spreaderWithEvent, spreadersWithEvents } from './apply-events';
import { contact, setConnection } from './connection';
import { heardTypes, parseLiveEvent, type LiveEvent } from './live-event';

/** Events are gathered and applied four times a second. */
const applyEvery = 250;
/** Refetches that events ask for are made at most this often. */
const refetchEvery = 2000;
/** The server sends a heartbeat every 15 s; after two and a half of them we count as cut off. */
const silentAfter = 40_000;
/** So many changed rows are fetched one by one; more, and the whole list is. */
const fewRows = 5;

/** Listens to the live events for as long as the page lives; returns how to stop. */
export function startLiveStream(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let stopped = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let heardAt = Date.now();
  let waiting: LiveEvent[] = [];
  let missed = false;

  const heard = (): void => {
    heardAt = Date.now();
    contact();
    setConnection('live');
  };

  const open = async (): Promise<void> => {
    // Who may not listen does not try: each try would be a refusal in the audit trail. They see what they load.
    const me = await client.fetchQuery({ ...meQuery, retry: false }).catch(() => undefined);
    if (stopped) return;
    if (me && !may(me, 'events.read')) return setConnection('none');
    source = new EventSource(eventStreamPath);
    source.onopen = () => {
      if (failures > 0 || missed) void client.invalidateQueries();
      failures = 0;
      missed = false;
      heard();
    };
    source.onerror = () => {
      setConnection('offline');
      missed = true;
      if (source?.readyState !== EventSource.CLOSED) return;
      // The browser gives up when the answer was not a stream: signed out, too many streams, server going.
      source.close();
      failures++;
      client.fetchQuery({ ...meQuery, staleTime: 0, retry: false }).catch(() => undefined);
      again = setTimeout(() => void open(), Math.min(30_000, 1000 * 2 ** failures) * (0.75 + Math.random() / 2));
    };
    source.addEventListener('heartbeat', heard);
    source.addEventListener('gap', () => {
      heard();
      void client.invalidateQueries();
    });
    for (const type of heardTypes) {
      source.addEventListener(type, (message) => {
        heard();
        const event = parseLiveEvent((message as MessageEvent<string>).data);
        if (event) waiting.push(event);
      });
    }
  };

  const refetch = refetcher(client);
  const apply = setInterval(() => {
    if (source && Date.now() - heardAt > silentAfter) setConnection('offline');
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    applyToCache(client, events);
    refetch.add(events);
  }, applyEvery);

  void open();
  return () => {
    stopped = true;
    clearInterval(apply);
    clearTimeout(again);
    refetch.stop();
    source?.close();
  };
}

function applyToCache(client: QueryClient, events: readonly LiveEvent[]): void {
  client.setQueryData(spreadersQuery.queryKey, (old) => old && (spreadersWithEvents(old, events) as Spreader[]));
  client.setQueryData(alarmsQuery.queryKey, (old) => old && (alarmsWithEvents(old, events) as Alarm[]));
  client.setQueriesData<SpreaderDetail>({ queryKey: ['spreader'] }, (old) =>
    old ? events.filter(({ data }) => data.spreader_id === old.id).reduce(spreaderWithEvent, old) : old,
  );
}

function refetcher(client: QueryClient): { add(events: readonly LiveEvent[]): void; stop(): void } {
  let pending: LiveEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastAt = 0;

  const run = (): void => {
    timer = undefined;
    lastAt = Date.now();
    const { attention, alarms, spreaders, moves } = outdatedBy(pending);
    pending = [];
    if (attention) void client.invalidateQueries({ queryKey: ['attention'] });
    if (alarms) void client.invalidateQueries({ queryKey: ['alarms'] });
    for (const [, detail] of client.getQueriesData<SpreaderDetail>({ queryKey: ['spreader'] })) {
      if (!detail) continue;
      if (spreaders.has(detail.id)) {
        for (const key of ['spreader', 'health']) void client.invalidateQueries({ queryKey: [key, detail.number] });
        void client.invalidateQueries({ queryKey: ['findings', detail.id] });
      }
      if (moves.has(detail.id)) void client.invalidateQueries({ queryKey: ['moves', detail.number] });
    }
    void renewRows(client, spreaders);
  };

  return {
    add: (events) => {
      pending.push(...events);
      timer ??= setTimeout(run, Math.max(0, lastAt + refetchEvery - Date.now()));
    },
    stop: () => clearTimeout(timer),
  };
}

async function renewRows(client: QueryClient, ids: ReadonlySet<string>): Promise<void> {
  if (ids.size === 0 || !client.getQueryData(spreadersQuery.queryKey)) return;
  if (ids.size > fewRows) return client.invalidateQueries({ queryKey: spreadersQuery.queryKey });
  const rows = await Promise.allSettled([...ids].map((id) => request('getSpreader', { path: { id } })));
  const fresh = new Map<string, Spreader>();
  for (const row of rows) {
    if (row.status !== 'fulfilled') continue;
    const { live: _, ...summary } = row.value;
    fresh.set(summary.id, summary);
  }
  if (fresh.size === 0) return;
  client.setQueryData(spreadersQuery.queryKey, (old) => {
    if (!old) return old;
    const known = new Set(old.map(({ id }) => id));
    return [...old.map((row) => fresh.get(row.id) ?? row), ...[...fresh.values()].filter(({ id }) => !known.has(id))];
  });
}

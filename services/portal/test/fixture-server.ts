import { routes, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { detailOf, healthOf, makeFixtures, movesOf, seriesOf, type Fixtures } from './fixtures';

/** As the gateway sends it. */
const contentPolicy =
  "default-src 'self'; script-src 'self'; script-src-attr 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What a test may change while the server runs. */
export interface FixtureServer {
  readonly url: string;
  readonly data: Fixtures;
  /** Operations that answer with this status instead. */
  readonly broken: Map<RouteId, number>;
  /** Requests that changed something: method, path and X-CSRF. */
  readonly changes: string[];
  /** Their bodies, as the contract reads them. */
  readonly bodies: unknown[];
  /** Sends a live event to every reader. */
  tell(type: string, spreader: string, data: Record<string, unknown>): void;
  /** Cuts every live stream; `open` says whether new ones are served. */
  cutStreams(open: boolean): void;
  close(): Promise<void>;
}

/** Figures of judged recommendations where nothing was judged. */
const judged = {
  ...{ raised: 0, reopened: 0, judged: 0, confirmed: 0, other_cause: 0, not_found: 0 },
  ...{ precision: null, low: null, high: null, useful: null },
};

/** Serves the built portal and canned answers, each checked by the contract before it is sent. For development and tests. */
export async function startFixtureServer(
  dist: string,
  count: number,
  pageSize = 100,
  port = 0,
): Promise<FixtureServer> {
  const data = makeFixtures(Date.now(), count);
  const broken = new Map<RouteId, number>();
  const changes: string[] = [];
  const bodies: unknown[] = [];
  const streams = new Set<ServerResponse>();
  let open = true;

  const page = <T>(
    all: readonly T[],
    query: URLSearchParams,
    most = pageSize,
  ): { data: T[]; next_cursor: string | null; has_more: boolean } => {
    const from = Number(query.get('cursor')?.slice(2) ?? 0);
    const size = Math.min(most, Number(query.get('limit') ?? 100));
    const more = from + size < all.length;
    return { data: all.slice(from, from + size), next_cursor: more ? `c_${from + size}` : null, has_more: more };
  };
  const find = (id: string) => data.spreaders.find((row) => row.id === id || row.number === id);
  const here = (query: URLSearchParams, terminal: string): boolean => (query.get('terminal') ?? terminal) === terminal;

  const answers: Partial<Record<RouteId, (id: string, query: URLSearchParams) => unknown>> = {
    me: () => ({
      id: 'usr_1',
      org: { id: 'org_demo', name: 'Demo Ports' },
      name: 'Anna Lind',
      email: 'anna@example.com',
      roles: [{ role: 'fleet_manager', scope: 'organisation' }],
      permissions: [
        'spreaders.read',
        'series.read',
        'moves.read',
        'findings.read',
        'alarms.read',
        'alarms.write',
        'fleet.read',
        'events.read',
      ],
    }),
    listTerminals: (_, query) => page(data.terminals, query),
    listCranes: (_, query) =>
      page(
        data.cranes.filter((crane) => here(query, crane.terminal_id)),
        query,
      ),
    attention: (_, query) => {
      const rows = data.spreaders.filter((row) => here(query, row.terminal.id));
      const n = (level: string): number => rows.filter(({ condition }) => condition === level).length;
      const first = rows
        .filter((row) => row.top_finding && row.condition !== 'watch')
        .sort((a, b) => (b.top_finding?.risk_hours ?? 0) - (a.top_finding?.risk_hours ?? 0));
      return {
        computed_at: new Date().toISOString(),
        spreaders: rows.length,
        counts: { act_now: n('act_now'), plan: n('plan'), watch: n('watch'), no_data: n('no_data'), ok: n('ok') },
        catching_up: 0,
        risk_hours: first.reduce((sum, row) => sum + (row.top_finding?.risk_hours ?? 0), 0),
        lifts_24h: rows.reduce((sum, row) => sum + row.lifts_24h, 0),
        first: first.map((row) => ({
          spreader_id: row.id,
          number: row.number,
          terminal_id: row.terminal.id,
          terminal_name: row.terminal.name,
          crane_number: row.crane?.number ?? null,
          condition: row.condition,
          finding: row.top_finding,
        })),
      };
    },
    listSpreaders: (_, query) => page(data.spreaders, query),
    getSpreader: (id) => {
      const row = find(id);
      return row && detailOf(row, Date.now());
    },
    getSpreaderHealth: (id) => {
      const row = find(id);
      return row && healthOf(row);
    },
    getRemainingLife: (id) => {
      const row = find(id);
      const life = { coverage: 0.9, days: 210 };
      const from = (algorithm: string, inputs: string[]) => ({
        provenance: { block: 'PA', algorithm: `remaining-life/${algorithm}`, version: '1', inputs },
      });
      return (
        row && {
          spreader_id: row.id,
          components: [
            {
              ...life,
              ...from('designed_working_period', ['load.total']),
              component: 'SPR',
              serial: null,
              basis: 'designed_working_period',
              used: 38.2,
              years: { middle: 11.4, low: 10.2, high: 12.9 },
            },
            {
              ...life,
              ...from('lock_cycles', ['moves', 'component passport']),
              component: 'TL[3]',
              serial: 'TW-118',
              basis: 'lock_cycles',
              used: 61.5,
              years: null,
            },
          ],
        }
      );
    },
    listMoves: (_, query) => page(movesOf(Date.now(), 60), query),
    getSeries: (_, query) => {
      const from = query.get('from') ?? '';
      const to = query.get('to') ?? '';
      return {
        from,
        to,
        aggregation: 'min_max_mean',
        resolution: 'PT16M48S',
        truncated: false,
        series: (query.get('signals') ?? '')
          .split(',')
          .map((signal) => seriesOf(signal, Date.parse(from), Date.parse(to), Number(query.get('max_points') ?? 600))),
      };
    },
    listFindings: (_, query) =>
      page(
        data.findings.filter((one) => one.spreader_id === (query.get('spreader') ?? one.spreader_id)),
        query,
      ),
    getKpis: (_, query) => ({
      from: query.get('from'),
      to: query.get('to'),
      min_stop: 5,
      definitions: {
        'mmbf.all': {
          name: 'Mean moves between failures',
          definition: 'Moves / failures.',
          counting: 'All stops.',
          provenance: { block: 'DM', algorithm: 'kpi', version: '1', inputs: ['move', 'stop'] },
        },
        lock_time: {
          name: 'Lock time',
          definition: 'Command to locked.',
          counting: 'Every lock cycle.',
          provenance: { block: 'DM', algorithm: 'kpi', version: '1', inputs: ['tl[n].lockTime'] },
        },
      },
      groups: [
        {
          key: 'fleet',
          name: '',
          spreaders: 260,
          kpis: [
            {
              id: 'mmbf.all',
              unit: '1',
              value: null,
              low: 33381,
              high: null,
              n: 0,
              of: null,
              parts: { moves: 100000 },
            },
            { id: 'lock_time', unit: 'ms', value: 1180, low: null, high: null, n: 50, of: 100, parts: { p95: 1420 } },
          ],
        },
      ],
    }),
    getPrecision: (_, query) => ({
      from: query.get('from'),
      to: query.get('to'),
      all: { ...judged, raised: 12, judged: 8, confirmed: 6, precision: 0.75, low: 0.4, high: 0.95, useful: 0.875 },
      modes: [{ ...judged, raised: 4, failure_mode: 'FM-02', title: 'slow to lock' }],
    }),
    listStops: () => ({
      data: [
        {
          id: 'stp_1',
          spreader_id: data.spreaders[0]?.id,
          spreader_number: data.spreaders[0]?.number,
          from: '2026-11-20T08:00:00.000Z',
          to: null,
          cause: 'equipment',
          ending: 'none',
          root_cause: 'FM-02 TL[1]',
          times: { response: 10, diagnosis: 5, parts: 0, repair: 20, test: 5 },
          note: 'The pin stuck.',
          confirmed: true,
        },
        {
          id: 'spr_2.1',
          spreader_id: data.spreaders[1]?.id,
          spreader_number: data.spreaders[1]?.number,
          from: '2026-11-19T08:00:12.250Z',
          to: '2026-11-19T08:40:00.000Z',
          cause: 'equipment',
          ending: 'none',
          root_cause: 'FM-02 TL[2]',
          times: null,
          note: null,
          confirmed: false,
        },
      ],
    }),
    recordStop: () => ({ id: 'stp_2' }),
    correctStop: (id) => ({ id }),
    listAlarms: (_, query) => page(data.alarms, query),
    takeAlarm: (id) => {
      const at = data.alarms.findIndex((alarm) => alarm.id === id);
      const alarm = data.alarms[at];
      if (!alarm) return undefined;
      const taken = {
        ...alarm,
        state: 'acknowledged' as const,
        acknowledged_at: new Date().toISOString(),
        acknowledged_by: 'usr_1',
      };
      data.alarms[at] = taken;
      return taken;
    },
  };

  const api = async (req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> => {
    const found = (Object.values(routes) as RouteDefinition[]).find(
      ({ method, path }) =>
        method === req.method && new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(url.pathname),
    );
    const answer = found && answers[found.id as RouteId];
    const fail = (status: number, detail: string): void => {
      res.writeHead(status, { 'Content-Type': 'application/problem+json' });
      res.end(JSON.stringify({ type: 'about:blank', title: detail, status, detail, request_id: 'req_test' }));
    };
    if (!found || !answer) return fail(404, `no canned answer for ${req.method} ${url.pathname}`);
    if (req.method !== 'GET') {
      changes.push(`${req.method} ${url.pathname} ${String(req.headers['x-csrf'])}`);
      if (req.headers['x-csrf'] !== '1') return fail(403, 'A change needs the header X-CSRF: 1.');
      const sent = Buffer.concat(await req.toArray()).toString();
      bodies.push(found.body?.parse(JSON.parse(sent)));
    }
    const status = broken.get(found.id as RouteId);
    if (status !== undefined) return fail(status, 'This is broken for the test.');
    if (found.query) found.query.parse(Object.fromEntries(url.searchParams));
    else if (url.searchParams.size > 0) return fail(400, 'Unknown parameters.');
    const index = found.path.split('/').indexOf('{id}');
    const body = answer(decodeURIComponent(url.pathname.split('/')[index] ?? ''), url.searchParams);
    if (body === undefined) return fail(404, 'There is no such thing, or you may not see it.');
    const text = JSON.stringify(found.response.parse(body));
    res.writeHead(found.status ?? 200, { 'Content-Type': 'application/json' });
    res.end(text);
  };

  const stream = (res: ServerResponse): void => {
    if (!open) return void res.writeHead(503).end();
    res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    res.write('retry: 300\n: connected\n\nid: 1\nevent: heartbeat\ndata: {}\n\n');
    streams.add(res);
    res.once('close', () => streams.delete(res));
  };

  const file = (res: ServerResponse, path: string): void => {
    const wanted = normalize(join(dist, path));
    const found = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile();
    if (!found && extname(path) !== '') return void res.writeHead(404).end();
    const served = found ? wanted : join(dist, 'index.html');
    res.setHeader('Content-Type', types[extname(served)] ?? 'application/octet-stream');
    createReadStream(served).pipe(res);
  };

  const server = createServer((req, res) => {
    res.setHeader('Content-Security-Policy', contentPolicy);
    const url = new URL(req.url ?? '/', 'http://portal');
    const broke = (error: unknown): void => {
      res.writeHead(500, { 'Content-Type': 'text/plain' });
      res.end(String(error));
    };
    try {
      if (url.pathname === routes.eventStream.path) stream(res);
      else if (url.pathname.startsWith('/v1/')) void api(req, res, url).catch(broke);
      else if (url.pathname === '/auth/login')
        res.setHeader('Content-Type', 'text/html').end(`<title>Sign in</title>${url.search}`);
      else file(res, url.pathname);
    } catch (error) {
      broke(error);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    data,
    broken,
    changes,
    bodies,
    tell: (type, spreader, body) => {
      const event = routes.eventStream.response.parse({
        specversion: '1.0',
        id: `evt_${Math.random()}`,
        type,
        source: '/terminals/ter_got',
        subject: spreader,
        time: new Date().toISOString(),
        data: { spreader_id: spreader, ...body },
      });
      for (const res of streams) res.write(`id: 2\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`);
    },
    cutStreams: (next) => {
      open = next;
      for (const res of streams) res.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const res of streams) res.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

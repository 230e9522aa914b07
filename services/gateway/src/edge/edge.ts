import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { routes, type RouteDefinition } from '@quaywatch/contracts';
import { describeError, Fault, hours, minutes, seconds, type Duration } from '@quaywatch/kernel';
import type { Clock, EventLog, SecretStore } from '@quaywatch/ports';
import type { AuditTrail, Logger, Metrics, Peers } from '@quaywatch/runtime';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import type { Server } from 'node:http';
import type { GatewayConfig } from '../config';
import { EventStream } from '../events/event-stream';
import { LiveFeed } from '../events/live-feed';
import { Forwarder } from '../forward/forward';
import { OidcClient } from '../sign-in/oidc-client';
import { oidcProxy } from '../sign-in/oidc-proxy';
import { CookieKeys } from '../sign-in/cookie-keys';
import { cookieName, sessions } from '../sign-in/session-middleware';
import { SessionReader } from '../sign-in/session-reader';
import { RemoteSessionStore } from '../sign-in/session-store';
import { signInRouter } from '../sign-in/sign-in.router';
import { RecentCallers } from '../sign-in/recent-callers';
import { UserAccessClient } from '../sign-in/user-access-client';
import { UsageMeter } from '../usage/usage-meter';
import { admitRequest } from './admit-request';
import { apiRouter } from './api.router';
import { InFlight } from './in-flight';
import { measureRequests } from './measure-requests';
import { portalFiles } from './portal-files';
import { addressOf, requestIdOf, sendProblem } from './problem';
import { QuotaGossip } from './quota-gossip';
import { Quotas } from './quotas';
import { SecurePort } from './secure-port';
import { securityHeaders } from './security-headers';
import { Throttle } from './throttle';

/** What the runtime gives. */
export interface EdgeParts {
  readonly config: GatewayConfig;
  /** Where plain HTTP listens. */
  readonly plain: { readonly host: string };
  readonly peers: Peers;
  readonly log: EventLog;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A request that is under way is waited for as long as its service may take; a container has 30 s in all. */
const drainLimit = (firstByte: number): Duration => Math.min(seconds(firstByte + 5), seconds(18));
/** How long requests are taken after the end was told, and for how long none must have come to end at once. */
const [lastCalls, quiet] = [seconds(2), 250];
const lookAgain = 50;

/** The public edge: the only HTTP that people and partners reach. Mounted in front of Nest's own parsers and routes. */
export class Edge implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly inFlight: InFlight;
  private readonly feed: LiveFeed;
  private readonly stream: EventStream;
  private readonly meter: UsageMeter;
  private readonly quotas: Quotas;
  private readonly cookieKeys: CookieKeys;
  private gossip: QuotaGossip | undefined;
  private securePort: SecurePort | undefined;

  constructor(
    private readonly parts: EdgeParts,
    private readonly host: HttpAdapterHost,
  ) {
    checkPlain(parts.plain.host, parts.config);
    const memory = { most: parts.config.EVENTS_REMEMBERED, length: hours(parts.config.EVENTS_REMEMBERED_HOURS) };
    this.feed = new LiveFeed(parts.log, parts.clock, parts.logger, memory, parts.config.EVENTS_READ_BACK);
    this.stream = new EventStream(this.feed, parts.clock, parts.logger);
    this.inFlight = new InFlight(() => parts.clock.now(), measureRequests(parts.metrics));
    this.quotas = new Quotas(() => parts.clock.now());
    this.cookieKeys = new CookieKeys(parts.secrets, parts.clock);
    this.meter = new UsageMeter(parts.log, parts.clock, parts.logger);
    const app = host.httpAdapter.getInstance<Express>();
    app.disable('x-powered-by');
    app.set('trust proxy', parts.config.TRUSTED_PROXIES ?? false);
    host.httpAdapter.use(this.router());
  }

  async onApplicationBootstrap(): Promise<void> {
    // What a person would run into at the first request shows at the start.
    await this.cookieKeys.all();
    await this.openGossip();
    await this.feed.open();
    this.meter.open();
    await this.openSecurePort();
  }

  /** Port with TLS; undefined without one. */
  get httpsPort(): number | undefined {
    return this.securePort?.port;
  }

  /**
   * Says that it is not ready any more and ends streams, but answers what still comes for a while: a balancer takes a
   * moment to notice, and closing a connection between two requests would lose the one that is on its way. Every answer
   * ends its connection. Then closes, and waits for requests under way.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const { config, clock, logger } = this.parts;
    const server = this.host.httpAdapter.getHttpServer() as Server;
    this.inFlight.leave();
    this.stream.close();
    for (let waited = 0; waited < lastCalls && !this.inFlight.quietFor(quiet); waited += lookAgain)
      await new Promise<void>((resolve) => clock.after(lookAgain, resolve));
    if (server.listening) server.close();
    this.securePort?.drain();
    server.closeIdleConnections();
    if (!(await this.inFlight.idle(clock, drainLimit(config.FIRST_BYTE_SECONDS))))
      logger.warn({}, 'requests still under way were cut off');
    this.securePort?.close();
    await this.meter.close();
    await this.gossip?.close();
    await this.feed.close();
  }

  private async openGossip(): Promise<void> {
    const { config, clock, logger } = this.parts;
    const { QUOTA_PORT, QUOTA_HOST, QUOTA_PEERS } = config;
    if (QUOTA_PORT === undefined) return;
    this.gossip = await QuotaGossip.open(
      { port: QUOTA_PORT, host: QUOTA_HOST, peers: QUOTA_PEERS },
      this.quotas,
      () => this.cookieKeys.all(),
      clock,
      logger,
    );
  }

  private async openSecurePort(): Promise<void> {
    const { config, clock, logger } = this.parts;
    const { HTTPS_PORT, HTTPS_HOST, TLS_CERT_FILE, TLS_KEY_FILE, TLS_ASK_CALLERS, TLS_CALLER_CA_FILE } = config;
    if (HTTPS_PORT === undefined) return;
    if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined)
      throw new Fault('CONFIG_INVALID', 'HTTPS_PORT needs TLS_CERT_FILE and TLS_KEY_FILE');
    this.securePort = await SecurePort.open(
      {
        host: HTTPS_HOST,
        port: HTTPS_PORT,
        certificate: TLS_CERT_FILE,
        key: TLS_KEY_FILE,
        callers: { ask: TLS_ASK_CALLERS, authorities: TLS_CALLER_CA_FILE },
      },
      this.host.httpAdapter.getInstance<Express>(),
      this.host.httpAdapter.getHttpServer() as Server,
      clock,
      logger,
    );
  }

  private router(): Router {
    const { config, peers, clock, secrets, audit, logger } = this.parts;
    const publicUrl = config.PUBLIC_URL;
    const access = new UserAccessClient(peers, new RecentCallers(() => clock.now(), config.CALLER_MEMORY_MS));
    const withSession = sessions(publicUrl, new RemoteSessionStore(access), this.cookieKeys, clock);
    const oidc = new OidcClient(config, peers, secrets, clock);

    const throttle = new Throttle(
      {
        address: config.RATE_ADDRESS,
        caller: config.RATE_CALLER,
        client: config.RATE_CLIENT,
        organisation: config.RATE_ORGANISATION,
      },
      this.quotas,
    );
    const router = express.Router();
    router.use(this.inFlight.track);
    router.use(admitRequest(publicUrl, clock));
    router.use(securityHeaders(publicUrl));
    router.get('/readyz', (_req, res, next) =>
      this.inFlight.leaving ? sendProblem(res, 503, 'It is leaving.') : next(),
    );
    // Nest's health controller answers these.
    router.get(['/healthz', '/readyz'], (_req, _res, next) => next('router'));
    router.use(forgetCallers(access.recent));
    router.use(
      '/v1',
      apiRouter({
        publicUrl,
        sessions: new SessionReader(cookieName(publicUrl), this.cookieKeys, access),
        throttle,
        clock,
        callerAuthorities: config.TLS_CALLER_CA_FILE !== undefined,
        freshFor: minutes(config.STEP_UP_MINUTES),
        access,
        forwarder: new Forwarder(peers, logger, {
          firstByte: seconds(config.FIRST_BYTE_SECONDS),
          slowFirstByte: seconds(config.SLOW_FIRST_BYTE_SECONDS),
          idle: seconds(config.IDLE_SECONDS),
          whole: seconds(config.ANSWER_SECONDS),
        }),
        stream: this.stream,
        meter: this.meter,
        audit,
        logger,
      }),
    );
    // Sign-in and tokens: what is guessed at. Files of the portal are not counted.
    router.use(['/auth', '/oidc'], (_req, res, next) => {
      if (throttle.admit(res, 'address', `${addressOf(res)}`)) next();
    });
    router.use('/auth', withSession, signInRouter({ publicUrl, oidc, access, clock, audit, logger }));
    if (oidc.builtIn)
      router.use(oidcProxy(peers, logger, cookieName(publicUrl), config.TLS_CALLER_CA_FILE !== undefined));
    if (config.PORTAL_DIR) router.use(portalFiles(config.PORTAL_DIR));
    router.use((_req, res) => sendProblem(res, 404));
    router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
      if (res.headersSent) return next(error);
      const status = (error as { status?: unknown } | null)?.status;
      if (typeof status === 'number' && status >= 400 && status < 500) return sendProblem(res, status);
      logger.error({ requestId: requestIdOf(res), reason: describeError(error) }, 'request failed');
      sendProblem(res, 500);
    });
    return router;
  }
}

/** Passwords and cookies must not cross a network in the clear, unless somebody in front has said to carry them by TLS. */
function checkPlain(host: string, { PLAIN_HTTP, HTTPS_PORT }: GatewayConfig): void {
  if (['127.0.0.1', '::1', 'localhost'].includes(host) || PLAIN_HTTP === 'behind-proxy') return;
  throw new Fault(
    'PLAIN_HTTP',
    HTTPS_PORT === undefined
      ? `plain HTTP would be open to the network on ${host}: set HTTPS_PORT with TLS_CERT_FILE and TLS_KEY_FILE, or PLAIN_HTTP=behind-proxy if a trusted proxy ends TLS, or listen on 127.0.0.1`
      : `with HTTPS_PORT plain HTTP must listen on 127.0.0.1 (HTTP_HOST), not ${host}`,
  );
}

/** What may change who somebody is, or what they may, ends what is remembered of callers, before and after it. */
const forgetCallers =
  (recent: RecentCallers): express.RequestHandler =>
  (req, res, next) => {
    const reads = req.method === 'GET' || req.method === 'HEAD';
    // Signing in and out also happens by GET; a person who follows an invitation posts.
    if (reads && !/^\/(auth|oidc)\//.test(req.path)) return next();
    const owner = /^\/v1\/([a-z-]+)/.exec(req.path)?.[1];
    if (owner !== undefined && ownedElsewhere.has(owner)) return next();
    recent.forget();
    res.once('close', () => recent.forget());
    const { end } = res;
    // Before the caller can read the answer and ask again.
    res.end = ((...args: Parameters<typeof end>) => {
      recent.forget();
      return end.apply(res, args);
    }) as typeof end;
    next();
  };

/** First parts of paths that user-access serves nothing under. */
const ownedElsewhere: ReadonlySet<string> = (() => {
  const first = (path: string): string => path.split('/')[2] ?? '';
  const all: readonly RouteDefinition[] = Object.values(routes);
  const own = new Set(all.filter(({ service }) => service === 'user-access').map(({ path }) => first(path)));
  return new Set(all.map(({ path }) => first(path)).filter((name) => !own.has(name)));
})();

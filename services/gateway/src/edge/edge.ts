import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { routes, type RouteDefinition } from '@quaywatch/contracts';
import { describeError, Fault, minutes, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, SecretStore } from '@quaywatch/ports';
import type { AuditTrail, Logger, Peers } from '@quaywatch/runtime';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import type { Server } from 'node:http';
import type { GatewayConfig } from '../config';
import { EventStream } from '../events/event-stream';
import { LiveFeed } from '../events/live-feed';
import { Forwarder } from '../forward/forward';
import { OidcClient } from '../sign-in/oidc-client';
import { oidcProxy } from '../sign-in/oidc-proxy';
import { cookieKeys, cookieName, sessions } from '../sign-in/session-middleware';
import { RemoteSessionStore } from '../sign-in/session-store';
import { signInRouter } from '../sign-in/sign-in.router';
import { RecentCallers } from '../sign-in/recent-callers';
import { UserAccessClient } from '../sign-in/user-access-client';
import { admitRequest } from './admit-request';
import { apiRouter } from './api.router';
import { InFlight } from './in-flight';
import { portalFiles } from './portal-files';
import { addressOf, requestIdOf, sendProblem } from './problem';
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
}

const drainLimit = seconds(5);

/** The public edge: the only HTTP that people and partners reach. Mounted in front of Nest's own parsers and routes. */
export class Edge implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly inFlight = new InFlight();
  private readonly feed: LiveFeed;
  private readonly stream: EventStream;
  private securePort: SecurePort | undefined;

  constructor(
    private readonly parts: EdgeParts,
    private readonly host: HttpAdapterHost,
  ) {
    checkPlain(parts.plain.host, parts.config);
    this.feed = new LiveFeed(parts.log, parts.clock, parts.logger);
    this.stream = new EventStream(this.feed, parts.clock, parts.logger);
    const app = host.httpAdapter.getInstance<Express>();
    app.disable('x-powered-by');
    app.set('trust proxy', parts.config.TRUSTED_PROXIES ?? false);
    host.httpAdapter.use(this.router());
  }

  async onApplicationBootstrap(): Promise<void> {
    // What a person would run into at the first request shows at the start.
    await cookieKeys(this.parts.secrets, this.parts.clock);
    await this.feed.open();
    await this.openSecurePort();
  }

  /** Port with TLS; undefined without one. */
  get httpsPort(): number | undefined {
    return this.securePort?.port;
  }

  /** Takes no new connection, ends streams, lets requests finish (5 s at most). */
  async beforeApplicationShutdown(): Promise<void> {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    if (server.listening) server.close();
    server.closeIdleConnections();
    this.securePort?.drain();
    this.stream.close();
    const idle = await this.inFlight.idle(this.parts.clock, drainLimit);
    if (!idle) this.parts.logger.warn({}, 'requests still under way were cut off');
    this.securePort?.close();
    await this.feed.close();
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
    const withSession = sessions(publicUrl, new RemoteSessionStore(access), secrets, clock);
    const oidc = new OidcClient(config, peers, secrets, clock);

    const throttle = new Throttle({
      address: config.RATE_ADDRESS,
      caller: config.RATE_CALLER,
      organisation: config.RATE_ORGANISATION,
    });
    const router = express.Router();
    router.use(this.inFlight.track);
    router.use(admitRequest(publicUrl, clock));
    router.use(securityHeaders(publicUrl));
    // Nest's health controller answers these.
    router.get(['/healthz', '/readyz'], (_req, _res, next) => next('router'));
    router.use(forgetCallers(access.recent));
    router.use(
      '/v1',
      apiRouter({
        publicUrl,
        sessions: withSession,
        throttle,
        clock,
        callerAuthorities: config.TLS_CALLER_CA_FILE !== undefined,
        freshFor: minutes(config.STEP_UP_MINUTES),
        access,
        forwarder: new Forwarder(peers, logger, {
          firstByte: seconds(config.FIRST_BYTE_SECONDS),
          idle: seconds(config.IDLE_SECONDS),
          whole: seconds(config.ANSWER_SECONDS),
        }),
        stream: this.stream,
        audit,
        logger,
      }),
    );
    // Sign-in and tokens: what is guessed at. Files of the portal are not counted.
    router.use(['/auth', '/oidc'], async (_req, res, next) => {
      if (await throttle.admit(res, 'address', `${addressOf(res)}`)) next();
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

import {
  apiVersion,
  apiVersions,
  ownerOf,
  routes,
  type Principal,
  type Problem,
  type RouteDefinition,
} from '@quaywatch/contracts';
import { can } from '@quaywatch/domain/access';
import { describeError, type Duration } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { isPassing, type AuditTrail, type Logger } from '@quaywatch/runtime';
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { EventStream } from '../events/event-stream';
import { queryErrors } from '../forward/check-query';
import type { Forwarder } from '../forward/forward';
import { routeMatcher } from '../forward/match-route';
import { openApi } from '../openapi/open-api';
import { referenceRouter } from '../reference/reference.router';
import type { SessionReader } from '../sign-in/session-reader';
import type { UserAccessClient } from '../sign-in/user-access-client';
import type { UsageMeter } from '../usage/usage-meter';
import { callerCertificate } from './caller-certificate';
import { crossSite } from './cross-site';
import { addressOf, requestIdOf, sendProblem } from './problem';
import { guessCost, type Throttle } from './throttle';

/** Parts of the API's edge. */
export interface ApiParts {
  readonly publicUrl: string;
  readonly sessions: SessionReader;
  readonly access: UserAccessClient;
  readonly throttle: Throttle;
  readonly clock: Clock;
  /** Whether certificates of callers are checked against authorities of ours. */
  readonly callerAuthorities: boolean;
  /** How long after a sign-in the operations that ask for a fresh one are open, ms. */
  readonly freshFor: Duration;
  readonly forwarder: Forwarder;
  readonly stream: EventStream;
  readonly meter: UsageMeter;
  readonly audit: AuditTrail;
  readonly logger: Logger;
}

/** Who calls: a person by their session, or a program by its token. */
interface ApiCaller {
  readonly principal: Principal;
  /** Asks who they are now; null when they are out. */
  readonly still: () => Promise<Principal | null>;
  /** Permissions that the token is cut down to; null = all that the caller holds. */
  readonly scope: readonly string[] | null;
  /** When the person last signed in, ms UTC; null for a program. */
  readonly authenticatedAt: number | null;
  /** The program that shows its token; null for the portal. */
  readonly client: string | null;
}

const from = (res: Response): { requestId: string; address: string | null } => ({
  requestId: requestIdOf(res),
  address: addressOf(res),
});

/** The token of the request; undefined when it has none, null when it is not written as one. */
function bearerOf(req: Request): string | null | undefined {
  const header = req.headers.authorization;
  if (header === undefined) return undefined;
  return /^(?:Bearer|DPoP) ([A-Za-z0-9._~+/-]{20,200})=*$/i.exec(header)?.[1] ?? null;
}

const all: readonly RouteDefinition[] = Object.values(routes);

/** Everything under `/v1`: known operations only, signed in, allowed, from our own pages; then to the owning service. */
export function apiRouter(parts: ApiParts): Router {
  const {
    publicUrl,
    sessions,
    access,
    throttle,
    clock,
    callerAuthorities,
    freshFor,
    forwarder,
    stream,
    meter,
    audit,
    logger,
  } = parts;
  const match = routeMatcher(all);
  const document = JSON.stringify(openApi(all));

  const callerOf = async (req: Request, res: Response): Promise<ApiCaller | undefined> => {
    const token = bearerOf(req);
    if (token === undefined) {
      const found = await sessions.read(req.headers.cookie);
      return found && { ...found, scope: null, client: null };
    }
    const dpop = req.get('dpop');
    const proof = dpop === undefined ? null : { proof: dpop, method: req.method, url: publicUrl + req.originalUrl };
    const caller = { ...from(res), certificate: callerCertificate(req, callerAuthorities) };
    const found = token === null ? undefined : await access.bearer(token, proof, caller);
    if (!found || token === null) return undefined;
    const still: ApiCaller['still'] = async () => (await access.bearer(token, 'admitted', caller))?.principal ?? null;
    return { ...found, still, authenticatedAt: null };
  };

  const handle: RequestHandler = async (req, res) => {
    const path = req.originalUrl.split('?', 1)[0] ?? '';
    const address = String(addressOf(res));
    const found = match(req.method, path);
    if (found.kind === 'not_found') return sendProblem(res, 404, 'There is no such operation.');
    if (found.kind === 'method') return sendProblem(res.set('Allow', found.allow.join(', ')), 405);
    const { route } = found;
    const version = req.get('api-version') ?? apiVersion;
    if (!(apiVersions as readonly string[]).includes(version)) {
      return sendProblem(res, 400, 'There is no such version of the API.', [
        { pointer: '/header/Api-Version', code: 'unknown', detail: `Use one of ${apiVersions.join(', ')}.` },
      ]);
    }
    res.set('Api-Version', version);
    sayDeprecated(route, res);
    const caller = await callerOf(req, res);
    if (!caller) {
      if (!throttle.admit(res, 'address', address, guessCost - 1)) return;
      const challenge = bearerOf(req) === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
      return sendProblem(res.set('WWW-Authenticate', challenge), 401, 'Sign in first.');
    }
    const { principal, client } = caller;
    if (client !== null) res.once('close', () => meter.count(principal.org, client, route.id, res.statusCode));
    if (!throttle.admit(res, 'organisation', principal.org)) return;
    if (!throttle.admit(res, 'caller', principal.id)) return;
    if (client !== null && client !== principal.id && !throttle.admit(res, 'client', client)) return;
    const refused = async (reason: string, errors: Problem['errors'] = []): Promise<void> => {
      await refuse(audit, route, principal, reason, res, errors);
    };
    // A browser sends cookies by itself, also for other sites; nobody but the program sends its token.
    const foreign = caller.authenticatedAt === null ? undefined : crossSite(req.method, req.headers, publicUrl);
    if (foreign) return refused(foreign);
    const { permission } = route;
    if (permission && permission !== 'public') {
      if (!can(principal, permission)) return refused(`You need the permission ${permission}.`);
      if (caller.scope && !caller.scope.includes(permission))
        return refused(`The token lacks the scope ${permission}.`);
    }
    if (route.freshSignIn && caller.authenticatedAt !== null && caller.authenticatedAt < clock.now() - freshFor)
      return refused('Sign in again to do this.', [
        { pointer: '/session', code: 'sign_in_again', detail: 'Go to /auth/login?prompt=login and try again.' },
      ]);
    const errors = queryErrors(route, req.originalUrl.slice(path.length));
    if (errors.length > 0) return sendProblem(res, 400, 'Some parameters are not valid.', errors);

    if (route.service === 'gateway') return stream.open(req, res, principal, caller.still);
    const service = ownerOf(route, found.params);
    if (!service) return sendProblem(res, 404, 'There is no such service.');
    await forwarder.forward({ ...route, service }, principal, req, res);
  };

  const router = express.Router({ caseSensitive: true, strict: true });
  router.get(
    '/openapi.json',
    (_req, res) => void res.type('json').set('Cache-Control', 'public, max-age=300').send(document),
  );
  router.use(referenceRouter());
  // Before anything is looked up: also what we cannot answer is counted.
  router.use((_req, res, next) => {
    if (throttle.admit(res, 'address', String(addressOf(res)))) next();
  });
  router.use(handle);
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    logger.error({ requestId: requestIdOf(res), reason: describeError(error) }, 'request failed');
    if (isPassing(error)) sendProblem(res, 503, 'Who you are cannot be checked right now.');
    else sendProblem(res, 500);
  });
  return router;
}

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and the operation to use instead, where the contract says so. */
export function sayDeprecated(route: RouteDefinition, res: Pick<Response, 'set'>): void {
  const { deprecated } = route;
  if (!deprecated) return;
  res.set('Deprecation', `@${Math.floor(Date.parse(deprecated.since) / 1000)}`);
  res.set('Sunset', new Date(deprecated.sunset).toUTCString());
  const successor = all.find(({ id }) => id === deprecated.successor);
  if (successor) res.set('Link', `<${successor.path}>; rel="successor-version"`);
}

async function refuse(
  audit: AuditTrail,
  route: RouteDefinition,
  principal: Principal,
  reason: string,
  res: Response,
  errors: Problem['errors'],
): Promise<void> {
  await audit.write({
    org: principal.org,
    class: 'authorisation',
    actor: { kind: principal.kind, id: principal.id },
    action: route.id,
    target: { kind: 'route', id: route.path },
    outcome: 'refused',
    reason,
    address: addressOf(res),
  });
  sendProblem(res, 403, reason, errors);
}

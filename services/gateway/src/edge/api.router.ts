import { ownerOf, routes, type Principal, type RouteDefinition } from '@quaywatch/contracts';
import { can } from '@quaywatch/domain/access';
import { describeError } from '@quaywatch/kernel';
import { isPassing, type AuditTrail, type Logger } from '@quaywatch/runtime';
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { EventStream } from '../events/event-stream';
import { queryErrors } from '../forward/check-query';
import type { Forwarder } from '../forward/forward';
import { routeMatcher } from '../forward/match-route';
import { openApi } from '../openapi/open-api';
import { hashOf } from '../sign-in/session-store';
import type { UserAccessClient } from '../sign-in/user-access-client';
import { crossSite } from './cross-site';
import { addressOf, requestIdOf, sendProblem } from './problem';
import '../sign-in/session-data';

/** Parts of the API's edge. */
export interface ApiParts {
  readonly publicUrl: string;
  readonly sessions: RequestHandler;
  readonly access: UserAccessClient;
  readonly forwarder: Forwarder;
  readonly stream: EventStream;
  readonly audit: AuditTrail;
  readonly logger: Logger;
}

const all: readonly RouteDefinition[] = Object.values(routes);

/** Everything under `/v1`: known operations only, signed in, allowed, from our own pages; then to the owning service. */
export function apiRouter(parts: ApiParts): Router {
  const { publicUrl, sessions, access, forwarder, stream, audit, logger } = parts;
  const match = routeMatcher(all);
  const document = JSON.stringify(openApi(all));

  const handle: RequestHandler = async (req, res) => {
    const path = req.originalUrl.split('?', 1)[0] ?? '';
    const found = match(req.method, path);
    if (found.kind === 'not_found') return sendProblem(res, 404, 'There is no such operation.');
    if (found.kind === 'method') return sendProblem(res.set('Allow', found.allow.join(', ')), 405);
    const { route } = found;
    const principal = req.session.principal ?? null;
    if (!principal) return sendProblem(res, 401, 'Sign in first.');
    const refused = async (reason: string): Promise<void> => {
      await refuse(audit, route, principal, reason, res);
    };
    const foreign = crossSite(req.method, req.headers, publicUrl);
    if (foreign) return refused(foreign);
    const { permission } = route;
    if (permission && permission !== 'public' && !can(principal, permission))
      return refused(`You need the permission ${permission}.`);
    const errors = queryErrors(route, req.originalUrl.slice(path.length));
    if (errors.length > 0) return sendProblem(res, 400, 'Some parameters are not valid.', errors);

    if (route.service === 'gateway') {
      const id = hashOf(req.sessionID);
      const caller = { requestId: requestIdOf(res), address: addressOf(res) };
      stream.open(req, res, principal, async () => (await access.findSession(id, false, caller))?.principal ?? null);
    } else {
      const service = ownerOf(route, found.params);
      if (!service) return sendProblem(res, 404, 'There is no such service.');
      await forwarder.forward({ ...route, service }, principal, req, res);
    }
  };

  const router = express.Router({ caseSensitive: true, strict: true });
  router.get(
    '/openapi.json',
    (_req, res) => void res.type('json').set('Cache-Control', 'public, max-age=300').send(document),
  );
  router.use(sessions);
  router.use(handle);
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    logger.error({ requestId: requestIdOf(res), reason: describeError(error) }, 'request failed');
    if (isPassing(error)) sendProblem(res, 503, 'Who you are cannot be checked right now.');
    else sendProblem(res, 500);
  });
  return router;
}

async function refuse(
  audit: AuditTrail,
  route: RouteDefinition,
  principal: Principal,
  reason: string,
  res: Response,
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
  sendProblem(res, 403, reason);
}

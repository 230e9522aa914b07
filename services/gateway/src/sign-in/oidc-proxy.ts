import { describeError } from '@quaywatch/kernel';
import type { Logger, Peers } from '@quaywatch/runtime';
import express, { type Request, type Response, type Router } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { callerCertificate } from '../edge/caller-certificate';
import { addressOf, requestIdOf } from '../edge/problem';
import { gatewayHeader, gatewayToken } from './oidc-client';
import { signInFailedPage } from './sign-in-failed-page';

/** `/oidc/*` goes to the provider in user-access, with the gateway's signed token and without the portal's cookie. */
export function oidcProxy(peers: Peers, logger: Logger, sessionCookie: string, callerAuthorities = false): Router {
  const router = express.Router();
  const proxy = createProxyMiddleware<Request, Response>({
    router: () => peers.urlOf('user-access'),
    agent: peers.agent,
    changeOrigin: false,
    xfwd: false,
    proxyTimeout: 10_000,
    on: {
      // These are about our connection to user-access; HTTP/2 to the browser allows none of them.
      proxyRes: ({ headers }) => {
        for (const name of ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])
          delete headers[name];
      },
      error: (error, _req, res) => {
        if (!('locals' in res)) return;
        logger.warn({ requestId: requestIdOf(res), reason: describeError(error) }, 'user-access did not answer');
        if (res.headersSent) return void res.destroy();
        res.status(503).set('Retry-After', '5').set('Cache-Control', 'no-store').type('html');
        res.send(signInFailedPage('Signing in is not available right now. Try again in a moment.'));
      },
    },
  });
  router.use(async (req, res, next) => {
    if (!/^\/oidc(\/|$)/.test(req.path)) return next();
    const { cookie } = req.headers;
    if (cookie) req.headers.cookie = withoutCookie(cookie, sessionCookie);
    req.headers[gatewayHeader] = await gatewayToken(peers, {
      requestId: requestIdOf(res),
      address: addressOf(res),
      certificate: callerCertificate(req, callerAuthorities),
    });
    await proxy(req, res, next);
  });
  return router;
}

const withoutCookie = (header: string, name: string): string =>
  header
    .split(/;\s*/)
    .filter((pair) => !pair.startsWith(`${name}=`))
    .join('; ');

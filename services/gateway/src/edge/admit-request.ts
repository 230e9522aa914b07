import { makeId } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { RequestHandler } from 'express';

const fromOutside =
  /^(x-forwarded-|x-quaywatch-|x-real-ip$|forwarded$|x-client-cert|x-ssl-client-|x-original-|x-rewrite-url$|via$)/;

/**
 * Every request gets an id, and loses what only we may say: where it comes from, by which protocol, and anything meant
 * for the inside. The address is the peer's, or what a trusted proxy (Express `trust proxy`) says.
 */
export const admitRequest =
  (publicUrl: string, clock: Clock, outside = new URL(publicUrl)): RequestHandler =>
  (req, res, next) => {
    const given = req.get('x-request-id');
    const requestId =
      given && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : makeId('request', clock.now(), clock.random(10));
    res.locals['requestId'] = requestId;
    res.locals['address'] = req.ip?.replace(/^::ffff:/, '') ?? null;
    res.set('X-Request-Id', requestId);
    for (const name of Object.keys(req.headers)) if (fromOutside.test(name)) delete req.headers[name];
    const { protocol, host } = outside;
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    req.headers['x-forwarded-host'] = host;
    req.headers['x-request-id'] = requestId;
    next();
  };

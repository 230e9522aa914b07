import { Fault, minutes } from '@quaywatch/kernel';
import type { Clock, SecretStore } from '@quaywatch/ports';
import type { RequestHandler } from 'express';
import session, { type Store } from 'express-session';

const secretName = 'gateway-cookie-keys';

/** Name of the session cookie; `__Host-` (Secure, path `/`, no domain) wherever the public URL is https. */
export const cookieName = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-quaywatch' : 'quaywatch';

/** The signing keys of the cookies, newest first; made when there are none and they may be made. */
export async function cookieKeys(secrets: SecretStore, clock: Clock): Promise<string> {
  const bytes = await secrets.ensure(secretName, () =>
    new TextEncoder().encode(Buffer.from(clock.random(32)).toString('base64url')),
  );
  const keys = new TextDecoder().decode(bytes).trim();
  if (keys.length < 32) throw new Fault('SECRET_INVALID', `secret ${secretName} is too short`);
  return keys;
}

/** Sessions by cookie. The signing keys (newest first) are read again each minute: they rotate without a restart. */
export function sessions(publicUrl: string, store: Store, secrets: SecretStore, clock: Clock): RequestHandler {
  let current: { keys: string; handle: RequestHandler } | undefined;
  let checkedAt = -Infinity;
  const refresh = async (): Promise<RequestHandler> => {
    if (current && clock.now() - checkedAt < minutes(1)) return current.handle;
    const keys = await cookieKeys(secrets, clock);
    if (current?.keys !== keys) current = { keys, handle: middleware(publicUrl, store, keys.split(/\s+/), clock) };
    checkedAt = clock.now();
    return current.handle;
  };
  return (req, res, next) => {
    refresh().then((handle) => handle(req, res, next), next);
  };
}

const middleware = (publicUrl: string, store: Store, secret: string[], clock: Clock): RequestHandler =>
  session({
    name: cookieName(publicUrl),
    secret,
    store,
    genid: () => Buffer.from(clock.random(32)).toString('base64url'),
    resave: false,
    saveUninitialized: false,
    rolling: false,
    // Never 'destroy': a session that could not be read has no `req.session` either, and would be ended for it.
    unset: 'keep',
    // Whether the outside is https is known from PUBLIC_URL, and set as X-Forwarded-Proto by us.
    proxy: true,
    cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: publicUrl.startsWith('https:') },
  });

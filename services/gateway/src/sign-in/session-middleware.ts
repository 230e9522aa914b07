import type { Clock } from '@quaywatch/ports';
import type { RequestHandler } from 'express';
import session, { type Store } from 'express-session';
import type { CookieKeys } from './cookie-keys';

/** Name of the session cookie; `__Host-` (Secure, path `/`, no domain) wherever the public URL is https. */
export const cookieName = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-quaywatch' : 'quaywatch';

/** Sessions by cookie, for the pages of signing in and out; the API only reads them (`SessionReader`). */
export function sessions(publicUrl: string, store: Store, keys: CookieKeys, clock: Clock): RequestHandler {
  let current: { keys: readonly string[]; handle: RequestHandler } | undefined;
  const refresh = async (): Promise<RequestHandler> => {
    const now = await keys.all();
    if (current?.keys !== now) current = { keys: now, handle: middleware(publicUrl, store, [...now], clock) };
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

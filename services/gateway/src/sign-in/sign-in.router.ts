import type { AuditTrail, Logger } from '@quaywatch/runtime';
import { isPassing } from '@quaywatch/runtime';
import { describeError } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { Passport } from 'passport';
import * as client from 'openid-client';
import { crossSite } from '../edge/cross-site';
import { addressOf, requestIdOf, sendProblem } from '../edge/problem';
import type { OidcClient } from './oidc-client';
import { OidcStrategy, type SignedIn, type Turned } from './oidc-strategy';
import { signInFailedPage } from './sign-in-failed-page';
import { cookieName } from './session-middleware';
import { hashOf } from './session-store';
import type { Caller, UserAccessClient } from './user-access-client';

/** The user as passport hands it on. */
interface Admitted {
  readonly id: string;
  readonly person: SignedIn;
}

/** Parts of the sign-in. */
export interface SignInParts {
  readonly publicUrl: string;
  readonly oidc: OidcClient;
  readonly access: UserAccessClient;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly logger: Logger;
}

/** `/auth/login`, `/auth/callback` and `/auth/logout`; sessions must be there already. */
export function signInRouter(parts: SignInParts): Router {
  const { publicUrl, oidc, access, clock, audit, logger } = parts;
  const passport = new Passport();
  passport.serializeUser<string>((user, done) => done(null, (user as Admitted).id));
  passport.use(
    new OidcStrategy(oidc, publicUrl, async (person, req) => {
      const found = await userOf(person, oidc, access, callerOf(req.res));
      if (typeof found !== 'string') return found;
      const id = found;
      const principal = await access.principal(id, callerOf(req.res));
      if (!principal) return nobody;
      // The built-in provider has written it down already, where the password was checked.
      if (!oidc.builtIn) {
        await audit.write({
          org: principal.org,
          class: 'authentication',
          actor: { kind: 'user', id },
          action: 'sign-in',
          target: { kind: 'user', id },
          outcome: 'success',
          address: addressOf(req.res as Response),
          detail: { issuer: person.issuer },
        });
      }
      return { id, person } satisfies Admitted;
    }),
  );

  const router = express.Router();
  router.get('/login', (req, res, next) => {
    res.set('Cache-Control', 'no-store');
    passport.authenticate('oidc', { session: false })(req, res, next);
  });

  router.get('/callback', (req, res, next) => {
    res.set('Cache-Control', 'no-store');
    const done = (error: unknown, user?: Admitted | false | null, info?: { message?: string }): void => {
      if (error) return void next(error);
      if (!user) {
        // A second tab that came too late: the person is in already.
        if (req.session.principal) return void res.redirect(303, '/');
        logger.warn({ requestId: requestIdOf(res), reason: info?.message }, 'sign-in was not finished');
        return sendPage(res, 400, info?.message ?? 'Signing in did not work.');
      }
      // Makes a new session with a new id; nothing of the one before is kept.
      req.logIn(user, (failure) => {
        if (failure) return void next(failure);
        const signIn = user.person.claims['sign_in'];
        if (oidc.builtIn && typeof signIn === 'string') req.session.providerSession = signIn;
        // A provider that does not tell when it asked is taken to have asked now only if we demanded it.
        const authTime = user.person.claims['auth_time'];
        req.session.authenticatedAt =
          typeof authTime === 'number' ? authTime * 1000 : user.person.demanded ? clock.now() : 0;
        req.session.device = { address: addressOf(res), userAgent: req.get('user-agent')?.slice(0, 200) ?? null };
        if (!oidc.builtIn) req.session.idToken = user.person.idToken;
        res.redirect(303, user.person.returnTo);
      });
    };
    (passport.authenticate('oidc', done) as express.RequestHandler)(req, res, next);
  });

  router.all('/logout', async (req, res) => {
    if (req.method !== 'POST')
      return sendProblem(res.set('Allow', 'POST'), 405, 'Send POST with the header X-CSRF: 1.');
    const foreign = crossSite(req.method, req.headers, publicUrl);
    if (foreign) return sendProblem(res, 403, foreign);
    const { idToken } = req.session;
    await access.endSession(hashOf(req.sessionID), true, callerOf(res));
    await new Promise<void>((resolve) => req.session.destroy(() => resolve()));
    res.clearCookie(cookieName(publicUrl), {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: publicUrl.startsWith('https:'),
    });
    // `redirect` is where the browser should go next: at another provider, to its own sign-out page.
    res.set('Clear-Site-Data', '"cache"');
    res.set('Cache-Control', 'no-store').json({ redirect: (await endOf(oidc, idToken, publicUrl)) ?? '/' });
  });

  router.use((_req, res) => sendProblem(res, 404));
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    logger.error({ requestId: requestIdOf(res), reason: describeError(error) }, 'sign-in failed');
    if (isPassing(error))
      return sendPage(
        res.set('Retry-After', '5'),
        503,
        'Signing in is not available right now. Try again in a moment.',
      );
    sendPage(res, 500, 'Something went wrong here. Try again.');
  });
  return router;
}

const nobody: Turned = {
  failure: 'You are signed in, but nobody has invited you here. Ask an administrator for an invitation.',
};
const oneFactor: Turned = {
  failure:
    'Your organisation asks for a second factor, and your sign-in provider did not say that it asked you for one. Set one up there, or ask an administrator.',
};

async function userOf(
  person: SignedIn,
  oidc: OidcClient,
  access: UserAccessClient,
  caller: Caller,
): Promise<string | Turned> {
  if (oidc.builtIn) return person.subject;
  const { email, email_verified: verified, name, [oidc.groupsClaim]: groups } = person.claims;
  const found = await access.externalUser(
    {
      issuer: person.issuer,
      subject: person.subject,
      verifiedEmail: verified === true && typeof email === 'string' ? email : null,
      name: typeof name === 'string' ? name : null,
      groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string').slice(0, 500) : [],
      twoFactors: oidc.saysTwoFactors(person.claims),
    },
    caller,
  );
  return found === undefined ? nobody : (found.user ?? oneFactor);
}

async function endOf(oidc: OidcClient, idToken: string | undefined, publicUrl: string): Promise<string | undefined> {
  if (oidc.builtIn || !idToken) return undefined;
  const configuration = await oidc.configuration();
  if (!configuration.serverMetadata().end_session_endpoint) return undefined;
  return client.buildEndSessionUrl(configuration, { id_token_hint: idToken, post_logout_redirect_uri: `${publicUrl}/` })
    .href;
}

const callerOf = (res: Response | undefined): Caller =>
  res ? { requestId: requestIdOf(res), address: addressOf(res) } : { requestId: 'sign-in', address: null };

const sendPage = (res: Response, status: number, text: string): void =>
  void res.status(status).type('html').send(signInFailedPage(text));

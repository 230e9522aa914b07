import type { Request } from 'express';
import * as client from 'openid-client';
import type passport from 'passport';
import type { OidcClient } from './oidc-client';
import { safeReturn } from './safe-return';
import './session-data';

/** Somebody whom the provider has signed in. */
export interface SignedIn {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly idToken: string;
  readonly returnTo: string;
  /** True when we told the provider to ask the person again. */
  readonly demanded: boolean;
}

/** Why somebody whom the provider has signed in stays outside, for them to read. */
export interface Turned {
  readonly failure: string;
}

/** Most sign-ins under way in one browser (tabs). */
const mostTabs = 8;

/**
 * Passport strategy: authorization code flow with PKCE (S256), `state`, `nonce` and the check of `iss` (RFC 9207).
 * Each tab has its own `state`, so that several may sign in at once.
 */
export class OidcStrategy implements passport.Strategy {
  readonly name = 'oidc';

  constructor(
    private readonly oidc: OidcClient,
    private readonly publicUrl: string,
    private readonly admit: (person: SignedIn, req: Request) => Promise<Express.User | Turned>,
  ) {}

  /** Called by passport on an object made from this one, with `redirect`, `success`, `fail` and `error` added. */
  authenticate(this: passport.StrategyCreated<this>, req: Request): void {
    const strategy = this as unknown as OidcStrategy & passport.StrategyCreatedStatic;
    const work: Promise<{ to: string } | { user: Express.User } | { failure: string }> = req.path.endsWith('/callback')
      ? strategy.finish(req)
      : strategy.begin(req);
    work.then(
      (result) => {
        if ('to' in result) strategy.redirect(result.to, 303);
        else if ('user' in result) strategy.success(result.user);
        else strategy.fail({ message: result.failure }, 400);
      },
      (error: unknown) => strategy.error(error),
    );
  }

  private async begin(req: Request): Promise<{ to: string }> {
    const configuration = await this.oidc.configuration();
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: `${this.publicUrl}/auth/callback`,
      scope: this.oidc.scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(req.query['prompt'] === 'login' ? { prompt: 'login' } : {}),
      ...(this.oidc.acrValues.length > 0 ? { acr_values: this.oidc.acrValues.join(' ') } : {}),
    });
    const returnTo = safeReturn(req.query['return_to'], this.publicUrl);
    const others = Object.entries(req.session.signIns ?? {}).slice(-(mostTabs - 1));
    req.session.signIns = Object.fromEntries([
      ...others,
      [state, { verifier, nonce, returnTo, demanded: req.query['prompt'] === 'login' }],
    ]);
    return { to: url.href };
  }

  private async finish(req: Request): Promise<{ user: Express.User } | { failure: string }> {
    const here = new URL(req.originalUrl, this.publicUrl);
    const state = here.searchParams.get('state') ?? '';
    const pending = Object.hasOwn(req.session.signIns ?? {}, state) ? req.session.signIns?.[state] : undefined;
    if (!pending) return { failure: 'This sign-in was not started in this browser, or it took too long.' };
    delete req.session.signIns?.[state];
    const configuration = await this.oidc.configuration();
    let tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>;
    try {
      tokens = await client.authorizationCodeGrant(configuration, here, {
        pkceCodeVerifier: pending.verifier,
        expectedState: state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      });
    } catch (error) {
      if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
        return { failure: `The sign-in provider refused: ${error.error_description ?? error.error}` };
      }
      // Protocol checks (iss, nonce, signature …) fail with a ClientError; anything else is a fault.
      if (error instanceof client.ClientError && error.code !== 'OAUTH_TIMEOUT')
        return { failure: 'The sign-in answer is not valid.' };
      throw error;
    }
    const claims = tokens.claims();
    if (!claims || !tokens.id_token) return { failure: 'The sign-in provider did not say who you are.' };
    const user = await this.admit(
      {
        issuer: claims.iss,
        subject: claims.sub,
        claims: { ...(await this.moreOf(configuration, tokens.access_token, claims)), ...claims },
        idToken: tokens.id_token,
        returnTo: pending.returnTo,
        demanded: pending.demanded === true,
      },
      req,
    );
    return 'failure' in user ? { failure: (user as Turned).failure } : { user };
  }

  /** What another provider tells of the person at its UserInfo endpoint only: most keep e-mail and groups there. */
  private async moreOf(
    configuration: client.Configuration,
    accessToken: string,
    { sub, email }: client.IDToken,
  ): Promise<Record<string, unknown>> {
    if (this.oidc.builtIn || email !== undefined || !configuration.serverMetadata().userinfo_endpoint) return {};
    // Throws when the answer is about somebody else.
    return { ...(await client.fetchUserInfo(configuration, accessToken, sub)) };
  }
}

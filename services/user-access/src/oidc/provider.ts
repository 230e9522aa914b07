import { permissions } from '@quaywatch/contracts';
import { describeError } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import type { Account, Configuration } from 'oidc-provider';
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js';
import { Provider } from 'oidc-provider/lib/provider.js';
import type { Clients } from '../clients/clients';
import { sha256 } from '../users/one-time-link';
import type { Users } from '../users/users';
import { outgoing } from './outgoing';
import { errorPage, pageHeaders, signOutPage, signedOutPage } from './pages';
import { postgresAdapter } from './postgres-adapter';
import type { ProviderSecrets } from './provider-secrets';
import { addressSeen, bears, certificateOf, isVerified } from './seen-by-gateway';
import { auditTokens } from './token-audit';

/** Where the provider is mounted, in this service and under the public URL. */
export const mountPath = '/oidc';

/** The gateway as a client of the provider. */
export const portalClient = 'portal';

/** The audience of programs' tokens. */
export const apiAudience = (publicUrl: string): string => `${publicUrl}/v1`;

type Compare = (this: unknown, given: string) => boolean;

/** What the provider is made of. */
export interface ProviderParts {
  readonly publicUrl: string;
  readonly store: ViewStore;
  readonly clock: Clock;
  readonly users: Users;
  readonly clients: Clients;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  /** The organisation of those who run the installation: its trail tells of what is nobody's. */
  readonly home: string;
}

/**
 * The OpenID provider: authorization code flow with PKCE (S256) for our own portal and for registered programs that act
 * for people (with rotating refresh tokens), client credentials for the others, and nothing else.
 * Tokens say who signed in and to which organisation they belong; what they may do is never in a token.
 */
export function makeProvider(
  { publicUrl, store, clock, users, clients, audit, logger, home }: ProviderParts,
  secrets: ProviderSecrets,
): Provider {
  const api = apiAudience(publicUrl);
  const configuration: Configuration = {
    adapter: postgresAdapter(store, clock, clients),
    // When a key was made is nobody's business.
    jwks: { keys: secrets.signingKeys.keys.map(({ made_at: _madeAt, ...key }) => key) as never },
    cookies: {
      keys: [...secrets.cookieKeys],
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: mountPath, secure: publicUrl.startsWith('https:') },
      short: { signed: true, httpOnly: true, sameSite: 'lax', secure: publicUrl.startsWith('https:') },
    },
    clients: [
      {
        client_id: portalClient,
        client_name: 'Quaywatch',
        client_secret: secrets.portalClient,
        redirect_uris: [`${publicUrl}/auth/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
        require_auth_time: true,
        scope: 'openid',
      },
    ],
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
    responseTypes: ['code'],
    fetch: outgoing(publicUrl.startsWith('http:')),
    scopes: ['openid', 'offline_access', ...permissions],
    claims: { openid: ['sub', 'org', 'sign_in', 'amr', 'auth_time'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        // A program may ask about its own tokens only.
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, client) => (client && client.clientId !== portalClient ? api : []),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource, client) => {
          if (resource !== api || client.clientId === portalClient) throw new InvalidTarget();
          // Not a JWT: looked up at each use, so that revoking works at once and introspection tells the truth.
          return { scope: permissions.join(' '), audience: api, accessTokenFormat: 'opaque', accessTokenTTL: 600 };
        },
      },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        certificateBoundAccessTokens: true,
        getCertificate: (ctx) => certificateOf(ctx.req, clock.now()),
        certificateAuthorized: (ctx) => isVerified(ctx.req),
        certificateSubjectMatches: (ctx, property, expected) => {
          const certificate = certificateOf(ctx.req, clock.now());
          return certificate !== undefined && bears(certificate, property, expected);
        },
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.set(pageHeaders);
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.set(pageHeaders);
          ctx.body = signedOutPage(publicUrl);
        },
      },
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues: ['ES256', 'EdDSA', 'PS256', 'RS256'],
    },
    // Seconds. A session of the provider is no longer than one of the portal.
    ttl: {
      AuthorizationCode: 60,
      AccessToken: 300,
      ClientCredentials: 600,
      // Each lives 14 days from its use, the row of them 90 at most.
      RefreshToken: (_ctx, token) => Math.max(60, Math.min(14 * 86_400, 90 * 86_400 - token.totalLifetime())),
      IdToken: 300,
      Interaction: 900,
      Session: 28_800,
      // What a program holds for when the person is away lives longer than the session in which it was allowed.
      Grant: (_ctx, grant) => (grant.clientId === portalClient ? 28_800 : 90 * 86_400),
    },
    // What was given for when the person is away (offline_access) outlives the session; disabling the person ends it.
    expiresWithSession: (_ctx, source) => !source.scopes.has('offline_access'),
    // Each use gives a new one; one that comes back once more ends the whole row, as somebody has a copy (RFC 9700 4.14.2).
    rotateRefreshToken: () => true,
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    interactions: { url: (_ctx, interaction) => `${mountPath}/interaction/${interaction.uid}` },
    // Our own portal needs no consent of the person: they are at the place they signed in to.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      if (client.clientId !== portalClient) {
        // Of this sign-in, or given a moment ago: consent ends with the session.
        const id = ctx.oidc.result?.consent?.grantId ?? session.grantIdFor(client.clientId);
        return id === undefined ? undefined : provider.Grant.find(id);
      }
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    findAccount: async (_ctx, id, token): Promise<Account | undefined> => {
      const principal = await users.principalOf(id);
      if (!principal) return undefined;
      const signIn = token && 'sessionUid' in token ? token.sessionUid : undefined;
      return {
        accountId: id,
        // `sign_in` names the provider's session, so that signing out of the portal can end that one too.
        claims: () => ({ sub: id, org: principal.org, ...(signIn ? { sign_in: signIn } : {}) }),
      };
    },
    renderError: (ctx, out) => {
      ctx.set(pageHeaders);
      ctx.type = 'html';
      ctx.body = errorPage(publicUrl, out.error_description ?? out.error);
    },
  };
  const provider = new Provider(`${publicUrl}${mountPath}`, configuration);
  // The mount sets host and protocol from PUBLIC_URL; nothing else of `X-Forwarded-*` reaches it.
  provider.proxy = true;
  // Koa takes what comes over TLS for https, but that is only our own way from the gateway.
  const { protocol } = new URL(provider.issuer);
  Object.defineProperty(provider.request, 'protocol', { value: protocol.slice(0, -1) });
  // Programs' secrets are kept as SHA-256 only (they are 32 random bytes); the portal's comes from the secret store.
  const { compareClientSecret } = provider.Client.prototype as unknown as { compareClientSecret: Compare };
  Object.assign(provider.Client.prototype, {
    compareClientSecret(this: { clientId: string; clientSecret?: string }, given: string): boolean {
      if (this.clientId === portalClient) return compareClientSecret.call(this, given);
      // The present one, and for a while the one before. What is compared is the hash of what was given.
      return (this.clientSecret ?? '').split(' ').includes(sha256(given));
    },
  });
  const said = { portal: portalClient, home };
  auditTokens(provider, { audit, clients, logger, ...said, addressOf: (ctx) => addressSeen(ctx.req) });
  provider.on('server_error', (_ctx, error) =>
    logger.error({ reason: describeError(error), stack: error.stack }, 'OpenID provider failed'),
  );
  return provider;
}

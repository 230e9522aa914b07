import type { OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { describeError, minutes, Fault, type Duration } from '@quaywatch/kernel';
import type { SecretStore } from '@quaywatch/ports';
import { verifyInternal, type CallerCertificate } from '@quaywatch/runtime';
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { longest, shortest } from '../users/password';
import { addressOf, fieldOf, sendPage } from './answers';
import { Interactions, type InteractionParts } from './interactions';
import { deadLinkPage, errorPage, pageHeaders, registrationPage, styleSheet } from './pages';
import { passkeyScript } from './passkey-script';
import { apiAudience, makeProvider, mountPath, type ProviderParts } from './provider';
import { noteSeen, thumbprintOf } from './seen-by-gateway';
import { sendSignOuts } from './sign-out-calls';
import { checkProof, type Proof } from './dpop';
import { readProviderSecrets, rotateSigningKeys } from './provider-secrets';

/** Header in which the gateway proves itself (`Authorization` belongs to the OpenID clients). */
export const gatewayHeader = 'x-quaywatch-gateway';

/** What an access token says. */
export interface BearerToken {
  readonly client: string;
  readonly user: string | null;
  readonly scope: string[] | null;
}

/** Parts of the mount. */
export interface MountParts extends ProviderParts {
  readonly secrets: SecretStore;
  /** How long a signing key signs. */
  readonly keysSign: Duration;
}

/** What the sign-in pages need beside the provider. */
export type PageParts = Omit<InteractionParts, 'provider' | 'publicUrl' | 'clock' | 'users' | 'clients'>;

/**
 * The provider and its pages under `/oidc`, put in front of Nest's body parsers. Only the gateway gets in: each
 * request must carry its signed internal token, which also says from which address the person comes.
 */
export class OidcMount implements OnApplicationBootstrap {
  private current:
    | {
        readonly fingerprint: string;
        readonly provider: Provider;
        readonly handle: (req: IncomingMessage, res: ServerResponse) => unknown;
      }
    | undefined;
  private checkedAt = -Infinity;
  private checking: Promise<void> | undefined;

  private readonly interactions: Interactions;

  constructor(private readonly parts: MountParts & PageParts) {
    this.interactions = new Interactions({ ...parts, provider: async () => (await this.provider()).provider });
  }

  /** Makes sure of the secrets at the start: the gateway waits for its own, and a bad one must stop us now. */
  async onApplicationBootstrap(): Promise<void> {
    await this.provider();
  }

  /** Registers the routes; call it before the application listens. */
  mount(host: HttpAdapterHost): void {
    host.httpAdapter.use(mountPath, this.router());
  }

  /**
   * The program that an access token was given to, the person it acts for (null = itself), and its scope (null = all that
   * it may); undefined when it is not good here. A token that is bound to a key needs a proof of it, made for this very
   * request, unless the caller says that the request was admitted before; one that is bound to a certificate needs the
   * handshake with it.
   */
  async bearer(
    token: string,
    proof: Proof | 'admitted' | null,
    certificate: CallerCertificate | undefined,
  ): Promise<BearerToken | undefined> {
    const { provider } = await this.provider();
    const found = (await provider.ClientCredentials.find(token)) ?? (await provider.AccessToken.find(token));
    if (!found?.clientId || found.isExpired || found.aud !== apiAudience(this.parts.publicUrl)) return undefined;
    const { jkt, 'x5t#S256': bound } = found as { jkt?: string; 'x5t#S256'?: string };
    if (bound !== undefined && (certificate === undefined || thumbprintOf(certificate) !== bound)) return undefined;
    // A proof beside a token that is not bound says nothing, and is no harm.
    if (jkt !== undefined && proof !== 'admitted') {
      const jti = proof === null ? undefined : await checkProof(proof, token, jkt, this.parts.clock.now());
      if (jti === undefined) return undefined;
      // Seen once: the record is the same for every instance.
      const until = Math.floor(this.parts.clock.now() / 1000) + 300;
      if (!(await provider.ReplayDetection.unique(found.clientId, jti, until))) return undefined;
    }
    const scope = found.scope ? found.scope.split(' ') : null;
    const user = found.kind === 'AccessToken' ? ((found as { accountId?: string }).accountId ?? '') : null;
    return { client: found.clientId, user, scope: user === null ? scope : (scope ?? []) };
  }

  /** What has to be done from time to time: signing keys by their schedule, and telling programs of sign-outs. */
  async turn(): Promise<void> {
    const { secrets, clock, keysSign, store, logger } = this.parts;
    try {
      if (await rotateSigningKeys(secrets, clock, keysSign)) {
        logger.info({}, 'signing keys of the OpenID provider were rotated');
        await this.refresh();
      }
    } catch (error) {
      // Keys that are given from outside are rotated there.
      if (!(error instanceof Fault && error.code === 'SECRET_MISSING')) throw error;
    }
    await sendSignOuts(store, clock, logger, (await this.provider()).provider);
  }

  /** The provider with the present secrets: they are looked at again each minute, so that keys rotate without a restart. */
  private async provider(): Promise<NonNullable<OidcMount['current']>> {
    if (!this.current || this.parts.clock.now() - this.checkedAt >= minutes(1)) {
      this.checking ??= this.refresh().finally(() => (this.checking = undefined));
      await this.checking;
    }
    if (!this.current) throw new Error('unreachable: refresh sets the provider or throws');
    return this.current;
  }

  private async refresh(): Promise<void> {
    try {
      const secrets = await readProviderSecrets(this.parts.secrets, this.parts.clock);
      const fingerprint = JSON.stringify(secrets);
      if (this.current?.fingerprint !== fingerprint) {
        const provider = makeProvider(this.parts, secrets);
        this.current = { fingerprint, provider, handle: provider.callback() };
      }
      this.checkedAt = this.parts.clock.now();
    } catch (error) {
      // With good secrets in hand, a passing fault of the secret store is no reason to stop.
      if (!this.current) throw error;
      this.parts.logger.error(
        { reason: describeError(error) },
        'secrets of the OpenID provider could not be read again',
      );
    }
  }

  private router(): Router {
    const { publicUrl } = this.parts;
    const router = express.Router({ caseSensitive: true });
    const form = express.urlencoded({ extended: false, limit: '16kb' });
    router.use(this.admit);
    router.get(
      '/style.css',
      (_req, res) => void res.type('css').set('Cache-Control', 'public, max-age=3600').send(styleSheet),
    );
    router.get(
      '/passkey.js',
      (_req, res) => void res.type('js').set('Cache-Control', 'public, max-age=3600').send(passkeyScript),
    );
    router.get('/interaction/:uid', this.interactions.show);
    router.post('/interaction/:uid', sameOrigin(publicUrl), form, this.interactions.take);
    router.get('/invitation/:secret', this.showRegistration);
    router.post('/invitation/:secret', sameOrigin(publicUrl), form, this.takeRegistration);
    router.use(async (req, res) => {
      await (await this.provider()).handle(req, res);
    });
    router.use(this.failed);
    return router;
  }

  private readonly admit: RequestHandler = async (req, res, next) => {
    const token = req.headers[gatewayHeader];
    delete req.headers[gatewayHeader];
    try {
      const call = await verifyInternal(this.parts.secrets, typeof token === 'string' ? token : '');
      res.locals['address'] = call.address;
      noteSeen(req, { address: call.address, certificate: call.certificate });
    } catch {
      res.status(403).set(pageHeaders).type('text').send('Only the gateway may call this.');
      return;
    }
    const { host, protocol } = new URL(this.parts.publicUrl);
    for (const name of Object.keys(req.headers))
      if (name.startsWith('x-forwarded-') || name === 'forwarded') delete req.headers[name];
    req.headers.host = host;
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    next();
  };

  private readonly showRegistration: RequestHandler = async (req, res) => {
    const link = await this.parts.users.open(String(req.params['secret']));
    if (!link) return void sendPage(res, 410, deadLinkPage(this.parts.publicUrl));
    sendPage(res, 200, registrationPage(req.originalUrl, { ...link, shortest, longest }));
  };

  private readonly takeRegistration: RequestHandler = async (req, res) => {
    const secret = String(req.params['secret']);
    const link = await this.parts.users.open(secret);
    if (!link) return void sendPage(res, 410, deadLinkPage(this.parts.publicUrl));
    const filled = {
      name: fieldOf(req, 'name'),
      email: link.kind === 'invitation' ? link.email : fieldOf(req, 'email'),
    };
    const decision = await this.parts.users.register(
      secret,
      { ...filled, password: fieldOf(req, 'password') },
      addressOf(res),
    );
    if (decision.ok) {
      res.set(pageHeaders).redirect(303, `${this.parts.publicUrl}/auth/login?prompt=login`);
    } else if (decision.code === 'gone') {
      sendPage(res, 410, deadLinkPage(this.parts.publicUrl));
    } else {
      sendPage(
        res,
        decision.code === 'conflict' ? 409 : 400,
        registrationPage(req.originalUrl, { ...link, ...filled, failure: decision.reason, shortest, longest }),
      );
    }
  };

  private readonly failed = (error: unknown, _req: Request, res: Response, next: NextFunction): void => {
    if (res.headersSent) return next(error);
    const status = (error as { status?: unknown } | null)?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      // An interaction that is over or somebody else's; also a body that is too large.
      return void sendPage(
        res,
        status,
        errorPage(this.parts.publicUrl, 'This sign-in has expired or was finished already.'),
      );
    }
    this.parts.logger.error(
      { reason: describeError(error), stack: error instanceof Error ? error.stack : undefined },
      'sign-in page failed',
    );
    sendPage(res, 500, errorPage(this.parts.publicUrl, 'Something went wrong here. Try again.'));
  };
}

/** Forms come from our own pages only. Old browsers send neither header; then the interaction's SameSite cookie decides. */
const sameOrigin =
  (publicUrl: string): RequestHandler =>
  (req, res, next) => {
    const { origin } = req.headers;
    const site = req.headers['sec-fetch-site'];
    // Under `Referrer-Policy: no-referrer` browsers send `Origin: null` with our own forms; Sec-Fetch-Site tells them apart.
    const foreign = site !== undefined ? site !== 'same-origin' : origin !== undefined && origin !== publicUrl;
    if (foreign) return void sendPage(res, 403, errorPage(publicUrl, 'This form was not sent from Quaywatch.'));
    next();
  };

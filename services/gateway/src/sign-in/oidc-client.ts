import { Fault, describeError } from '@quaywatch/kernel';
import type { Clock, SecretStore } from '@quaywatch/ports';
import { makeId } from '@quaywatch/kernel';
import { callService, textOf, type Peers } from '@quaywatch/runtime';
import * as client from 'openid-client';
import type { GatewayConfig } from '../config';

/** Header in which the gateway proves itself to user-access on `/oidc` (there `Authorization` belongs to OpenID clients). */
export const gatewayHeader = 'x-quaywatch-gateway';

/** The gateway's signed token for one call to `/oidc`, which also says from where the person comes. */
export async function gatewayToken(peers: Peers, call: Parameters<Peers['headersFor']>[1]): Promise<string> {
  const headers = await peers.headersFor(null, call);
  return (headers['authorization'] ?? '').replace(/^Bearer /, '');
}

/** The gateway as an OpenID client: of the built-in provider, or of the one that the configuration names. */
export class OidcClient {
  private known: { readonly secret: string; readonly configuration: client.Configuration } | undefined;

  constructor(
    private readonly config: GatewayConfig,
    private readonly peers: Peers,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
  ) {}

  /** True when people sign in at the built-in provider. */
  get builtIn(): boolean {
    return this.config.OIDC_ISSUER === undefined;
  }

  /** Claim of the other provider's ID token that names the person's groups. */
  get groupsClaim(): string {
    return this.config.OIDC_GROUPS_CLAIM;
  }

  /** Values of `acr` to ask another provider for; empty = none. */
  get acrValues(): readonly string[] {
    return this.builtIn ? [] : this.config.OIDC_MFA_ACR;
  }

  /** Whether another provider says that it asked for more than one factor; one that says nothing asked for a password. */
  saysTwoFactors({ acr, amr }: Readonly<Record<string, unknown>>): boolean {
    const { OIDC_MFA_ACR, OIDC_MFA_AMR } = this.config;
    if (typeof acr === 'string' && OIDC_MFA_ACR.includes(acr)) return true;
    return Array.isArray(amr) && amr.some((method) => OIDC_MFA_AMR.includes(method as string));
  }

  /** What is asked of the provider. */
  get scope(): string {
    return this.builtIn ? 'openid' : this.config.OIDC_SCOPE;
  }

  /** The issuer's identifier. */
  get issuer(): string {
    return this.config.OIDC_ISSUER ?? `${this.config.PUBLIC_URL}/oidc`;
  }

  /** The provider's metadata with the client's present secret; looked up once, again when the secret has changed. */
  async configuration(): Promise<client.Configuration> {
    const name = this.config.OIDC_CLIENT_SECRET_NAME;
    const bytes = await this.secrets.read(name);
    if (!bytes) throw new Fault('SECRET_MISSING', `secret ${name} is not there (yet)`, { retryable: true });
    const secret = new TextDecoder().decode(bytes).trim();
    if (this.known?.secret !== secret) this.known = { secret, configuration: await this.discover(secret) };
    return this.known.configuration;
  }

  private async discover(secret: string): Promise<client.Configuration> {
    const issuer = new URL(this.issuer);
    // http only ever to a loopback host (own PUBLIC_URL), and then the call does not even use it.
    const plain = issuer.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
    try {
      return await client.discovery(
        issuer,
        this.config.OIDC_CLIENT_ID,
        { client_secret: secret, id_token_signed_response_alg: this.builtIn ? 'ES256' : this.config.OIDC_ID_TOKEN_ALG },
        client.ClientSecretBasic(secret),
        {
          execute: plain ? [client.allowInsecureRequests] : [],
          timeout: 10,
          ...(this.builtIn ? { [client.customFetch]: this.inside } : {}),
        },
      );
    } catch (error) {
      throw new Fault(
        'ISSUER_UNREACHABLE',
        `the OpenID provider ${this.issuer} did not answer: ${describeError(error)}`,
        {
          cause: error,
          retryable: true,
        },
      );
    }
  }

  /** Back-channel calls to the built-in provider go straight to user-access: the public URL need not be reachable from here. */
  private readonly inside: client.CustomFetch = async (url, options) => {
    const path = new URL(url);
    const call = { requestId: makeId('request', this.clock.now(), this.clock.random(10)), address: null };
    const { body } = options as { body?: string | URLSearchParams | null };
    const form = body instanceof URLSearchParams;
    const answer = await callService(`${this.peers.urlOf('user-access')}${path.pathname}${path.search}`, {
      method: options.method,
      headers: {
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } : {}),
        ...options.headers,
        [gatewayHeader]: await gatewayToken(this.peers, call),
      },
      body: form ? body.toString() : (body ?? undefined),
      ...(options.signal ? { signal: options.signal } : {}),
      agent: this.peers.agent,
      repeatable: options.method === 'GET',
    });
    const text = await textOf(answer);
    return new Response(text === '' ? null : text, {
      status: answer.statusCode ?? 500,
      headers: Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    });
  };
}

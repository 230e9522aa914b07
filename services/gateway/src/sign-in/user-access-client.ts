import type { Principal } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { callService, textOf, type CallerCertificate, type Peers } from '@quaywatch/runtime';
import { RecentCallers } from './recent-callers';

/** The gateway itself, as it calls internal endpoints: it may keep sessions and nothing else. */
const self: Principal = { kind: 'service', id: 'gateway', org: 'platform', roles: [] };

/** A stored session and who its user is now. */
export interface StoredSession {
  readonly data: Record<string, unknown>;
  readonly principal: Principal | null;
}

/** Whom an access token stands for. */
export interface Bearer {
  readonly principal: Principal;
  /** Permissions that the token is cut down to; null = all that the caller holds. */
  readonly scope: readonly string[] | null;
  /** The program that shows it: the principal itself, or who acts for a person. */
  readonly client: string;
}

/** Who asks, for tokens and the audit trail. */
export interface Caller {
  readonly requestId: string;
  readonly address: string | null;
  /** Shown in the TLS handshake. */
  readonly certificate?: CallerCertificate | undefined;
}

/** Internal endpoints of user-access that only the gateway may call. Rejects with a retryable Fault when it cannot be reached. */
export class UserAccessClient {
  constructor(
    private readonly peers: Peers,
    /** Who showed a session or a token a moment ago; by default nobody is remembered. */
    readonly recent: RecentCallers = new RecentCallers(() => 0, 0),
  ) {}

  /** The session, or undefined when it is not alive; `use` counts as activity of the person. */
  findSession(idHash: string, use: boolean, caller: Caller): Promise<StoredSession | undefined> {
    const ask = (): Promise<StoredSession | undefined> =>
      this.call<StoredSession>('GET', `/internal/sessions/${idHash}?use=${use}`, caller);
    return use ? this.recent.find(`session ${idHash}`, ask) : ask();
  }

  /** Keeps a session. */
  async saveSession(idHash: string, data: Record<string, unknown>, user: string | null, caller: Caller): Promise<void> {
    this.recent.forget();
    await this.call('PUT', `/internal/sessions/${idHash}`, caller, { data, user });
    this.recent.forget();
  }

  /** Ends a session; `signOut` also ends the provider's own. */
  async endSession(idHash: string, signOut: boolean, caller: Caller): Promise<void> {
    await this.call('DELETE', `/internal/sessions/${idHash}?sign_out=${signOut}`, caller);
    this.recent.forget();
  }

  /** Who a user of the built-in provider is; undefined when they may not sign in. */
  principal(user: string, caller: Caller): Promise<Principal | undefined> {
    return this.call<Principal>('GET', `/internal/principals/${encodeURIComponent(user)}`, caller);
  }

  /** Whom an access token stands for; undefined when it is not good. */
  bearer(
    token: string,
    /** A DPoP proof and the request it came with; 'admitted' for a request that was checked before. */
    proof: { proof: string; method: string; url: string } | 'admitted' | null,
    caller: Caller,
  ): Promise<Bearer | undefined> {
    const ask = () => this.call<Bearer>('POST', '/internal/bearer', caller, { token, proof });
    // A proof is good for one request only: its answer is never kept.
    return proof === null ? this.recent.find(`bearer ${token} ${caller.certificate?.der ?? ''}`, ask) : ask();
  }

  /**
   * The user of a person whom another provider signed in; undefined when nobody invited them, null when their
   * organisation demands a second factor and there was none.
   */
  async externalUser(
    identity: {
      issuer: string;
      subject: string;
      verifiedEmail: string | null;
      name: string | null;
      groups: string[];
      twoFactors: boolean;
    },
    caller: Caller,
  ): Promise<{ user: string | null } | undefined> {
    return this.call<{ user: string | null }>('POST', '/internal/external-sign-ins', caller, identity);
  }

  private async call<T>(method: string, path: string, caller: Caller, body?: unknown): Promise<T | undefined> {
    const unreachable = (why: string, cause?: unknown): Fault =>
      new Fault('USER_ACCESS_UNREACHABLE', `user-access ${why}`, { cause, retryable: true });
    let status: number;
    let text: string;
    try {
      const response = await callService(`${this.peers.urlOf('user-access')}${path}`, {
        method,
        headers: {
          ...(await this.peers.headersFor(self, caller)),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(5000),
        agent: this.peers.agent,
        // Each of these says how something shall be, or asks.
        repeatable: path !== '/internal/external-sign-ins',
      });
      // Also the body may come too late, or break off.
      status = response.statusCode ?? 500;
      text = await textOf(response);
    } catch (error) {
      throw unreachable('did not answer', error);
    }
    if (status === 404) return undefined;
    if (status >= 500) throw unreachable(`answered ${status}`);
    if (status > 299)
      throw new Fault('USER_ACCESS_REFUSED', `user-access answered ${status} to ${method} of a session`);
    return text ? (JSON.parse(text) as T) : undefined;
  }
}

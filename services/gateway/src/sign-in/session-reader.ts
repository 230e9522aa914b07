import type { Principal } from '@quaywatch/contracts';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CookieKeys } from './cookie-keys';
import { hashOf } from './session-store';
import type { UserAccessClient } from './user-access-client';

/** Who a session stands for. */
export interface SignedInSession {
  readonly principal: Principal;
  /** When the person last showed who they are, ms UTC; 0 when that is not known. */
  readonly authenticatedAt: number;
  /** Asks who they are now; null when they are out. Does not count as activity. */
  readonly still: () => Promise<Principal | null>;
}

const caller = { requestId: 'session', address: null };
const most = 5000;

/**
 * Reads the session of a request of the API: signed cookie, then user-access. The API changes no session, so that it needs
 * nothing of express-session, whose cookies these are.
 */
export class SessionReader {
  private readonly start: string;
  /** Hashes of ids by the cookies whose signature was found right, by these keys. */
  private readonly checked = new Map<string, string>();
  private checkedBy: readonly string[] = [];

  constructor(
    name: string,
    private readonly keys: CookieKeys,
    private readonly access: UserAccessClient,
  ) {
    this.start = `${name}=`;
  }

  /** The session of the cookie; undefined when there is none, or nobody is signed in with it. Rejects when that cannot be known. */
  async read(cookies: string | undefined): Promise<SignedInSession | undefined> {
    const signed = cookies === undefined ? undefined : this.find(cookies);
    if (signed === undefined) return undefined;
    const hash = this.hashIn(signed, await this.keys.all());
    if (hash === undefined) return undefined;
    const found = await this.access.findSession(hash, true, caller);
    if (!found?.principal) return undefined;
    const at = found.data['authenticatedAt'];
    return {
      principal: found.principal,
      authenticatedAt: typeof at === 'number' ? at : 0,
      still: async () => (await this.access.findSession(hash, false, caller))?.principal ?? null,
    };
  }

  private hashIn(signed: string, keys: readonly string[]): string | undefined {
    if (this.checkedBy !== keys) this.checked.clear();
    this.checkedBy = keys;
    const known = this.checked.get(signed);
    if (known !== undefined) return known;
    const id = unsigned(signed, keys);
    if (id === undefined) return undefined;
    if (this.checked.size >= most) this.checked.clear();
    const hash = hashOf(id);
    this.checked.set(signed, hash);
    return hash;
  }

  private find(cookies: string): string | undefined {
    for (const part of cookies.split(';')) {
      const cookie = part.trim();
      if (!cookie.startsWith(this.start)) continue;
      try {
        return decodeURIComponent(cookie.slice(this.start.length));
      } catch {
        return undefined;
      }
    }
    return undefined;
  }
}

/** The id in a cookie that is signed as express-session does it: `s:<id>.<HMAC-SHA256, base64 without padding>`. */
export function unsigned(cookie: string, keys: readonly string[]): string | undefined {
  const dot = cookie.lastIndexOf('.');
  if (!cookie.startsWith('s:') || dot < 2) return undefined;
  const id = cookie.slice(2, dot);
  const given = Buffer.from(cookie.slice(dot + 1));
  for (const key of keys) {
    const right = Buffer.from(createHmac('sha256', key).update(id).digest('base64').replace(/=+$/, ''));
    if (given.length === right.length && timingSafeEqual(given, right)) return id;
  }
  return undefined;
}

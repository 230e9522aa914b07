import {
  events,
  isEvent,
  type certificateName,
  type clientMethod,
  routes,
  type EventEnvelope,
  type Permission,
  type RouteDefinition,
  type Principal,
  type HeldRole,
  type RoleScope,
} from '@quaywatch/contracts';
import {
  decideClient,
  evolveClient,
  permissionsOf,
  type ApiClient,
  type ClientCommand,
} from '@quaywatch/domain/access';
import { hours, makeId, minutes } from '@quaywatch/kernel';
import type { Clock, Queryable, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import type { AdapterPayload } from 'oidc-provider';
import type { z } from 'zod';
import { auditDeed, type Caller } from '../caller';
import { rolesNow } from '../authority/principal-now';
import { recordFacts } from '../record-facts';
import { checkProofs, keysOfCertificates, registeredName } from './proofs';
import { sha256 } from '../users/one-time-link';
import { unwrap } from '../users/record-user';

type Role = { role: HeldRole; scope: RoleScope };

/** A row of the view `api_client`, with when it was last used. */
export interface ClientRow extends Record<string, unknown> {
  org: string;
  client: string;
  name: string;
  method: z.infer<typeof clientMethod>;
  redirect_uris: string[];
  logout_uri: string | null;
  dpop: boolean;
  par: boolean;
  certificate_name: z.infer<typeof certificateName> | null;
  certificate_bound: boolean;
  roles: Role[];
  created_at: number;
  revoked_at: number | null;
}

/** What a new program is to be. */
export interface NewClient {
  readonly name: string;
  readonly method: ClientRow['method'];
  readonly roles: readonly Role[];
  /** Public keys (private_key_jwt). */
  readonly jwks: object | undefined;
  /** Its own certificates, PEM (self_signed_tls_client_auth). */
  readonly certificates: readonly string[] | undefined;
  readonly certificateName: ClientRow['certificate_name'];
  readonly certificateBound: boolean;
  /** Empty: the program acts for itself only. */
  readonly redirectUris: readonly string[];
  readonly logoutUri: string | null;
  readonly dpop: boolean;
  readonly par: boolean;
}

/** Programs of partners: who they are, what they may do, and how they prove themselves. */
export class Clients {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly publicUrl: string,
  ) {}

  /** Registers a program; the answer is the only time that the secret is told. */
  async create(
    caller: Caller,
    { jwks, certificates, ...rest }: NewClient,
  ): Promise<{ id: string; secret: string | null }> {
    const { name, method, roles, redirectUris, logoutUri } = rest;
    for (const uri of [...redirectUris, ...(logoutUri === null ? [] : [logoutUri])]) checkUri(uri, this.publicUrl);
    checkProofs({ jwks, certificates, ...rest });
    const keys = certificates ? keysOfCertificates(certificates, this.clock.now()) : jwks;
    const id = makeId('client', this.clock.now(), this.clock.random(12));
    const secret = method === 'client_secret_basic' ? Buffer.from(this.clock.random(32)).toString('base64url') : null;
    await this.store.transact(async (tx) => {
      const [count] = await tx.query<{ n: number }>(
        'select count(*)::int as n from api_client where org = $1 and revoked_at is null',
        [caller.principal.org],
      );
      if ((count?.n ?? 0) >= mostClients) throw new Refused('conflict', `At most ${mostClients} programs.`);
      const by = caller.principal.id;
      await this.record(tx, caller, id, {
        kind: 'register',
        client: id,
        by,
        ...rest,
        roles: [...roles],
        redirectUris: [...redirectUris],
      });
      await tx.query('insert into api_client_key (client, organisation, secret_hash, jwks) values ($1, $2, $3, $4)', [
        id,
        caller.principal.org,
        secret && sha256(secret),
        keys ? JSON.stringify(keys) : null,
      ]);
      await this.audited(tx, caller, 'client.create', id, { name, method });
    });
    return { id, secret };
  }

  /** A new secret; the one before works for a day more, so that the program can be changed without a gap. */
  async rotate(caller: Caller, id: string): Promise<{ secret: string; previousUntil: number }> {
    const secret = Buffer.from(this.clock.random(32)).toString('base64url');
    const previousUntil = this.clock.now() + overlap;
    await this.store.transact(async (tx) => {
      const [row] = await tx.query<{ method: string }>(
        'select method from api_client where client = $1 and org = $2 and revoked_at is null',
        [id, caller.principal.org],
      );
      if (!row) throw new Refused('not_found', 'There is no such program.');
      const changed = await tx.query(
        `update api_client_key set previous_hash = secret_hash, previous_until = $3, secret_hash = $2
         where client = $1 and secret_hash is not null returning 1`,
        [id, sha256(secret), previousUntil],
      );
      if (changed.length === 0) throw new Refused('conflict', 'This program has no secret.');
      await this.audited(tx, caller, 'client.rotate-secret', id, {});
    });
    return { secret, previousUntil };
  }

  /** Shuts a program out: its tokens are void with the next request. */
  async revoke(caller: Caller, id: string): Promise<void> {
    await this.store.transact(async (tx) => {
      const [row] = await tx.query('select 1 from api_client where client = $1 and org = $2', [
        id,
        caller.principal.org,
      ]);
      if (!row) throw new Refused('not_found', 'There is no such program.');
      await this.record(tx, caller, id, { kind: 'revoke', client: id, by: caller.principal.id });
      await tx.query('delete from api_client_key where client = $1', [id]);
      await tx.query(`delete from oidc_record where payload->>'clientId' = $1`, [id]);
      await this.audited(tx, caller, 'client.revoke', id, {});
    });
  }

  /** Who a program is now, for decisions; undefined when it was revoked. Notes that it was used, each minute at most. */
  async principalOf(id: string): Promise<Principal | undefined> {
    return this.store.transact(async (tx) => {
      const [row] = await tx.query<ClientRow & { last_used_at: number | null }>(
        `select c.*, k.last_used_at from api_client c join api_client_key k using (client)
         where client = $1 and revoked_at is null`,
        [id],
      );
      if (!row) return undefined;
      const now = this.clock.now();
      if ((row.last_used_at ?? 0) < now - minutes(1))
        await tx.query('update api_client_key set last_used_at = $2 where client = $1', [id, now]);
      return { ...principalOfRow(row), roles: await rolesNow(tx, row.org, row.roles, now) };
    });
  }

  /** The organisation that a program belongs to; undefined when it was revoked or never was. */
  async orgOf(id: string): Promise<string | undefined> {
    const [row] = await this.store.transact((tx) =>
      tx.query<{ org: string }>('select org from api_client where client = $1 and revoked_at is null', [id]),
    );
    return row?.org;
  }

  /** The program as the OpenID provider wants it; the secret is its SHA-256. Undefined when unknown or revoked. */
  async metadata(id: string): Promise<AdapterPayload | undefined> {
    const now = this.clock.now();
    const [row, roles] = await this.store.transact(async (tx) => {
      const [found] = await tx.query<
        ClientRow & { secret_hash: string | null; previous_hash: string | null; jwks: object | null }
      >(
        'select c.*, k.secret_hash, k.jwks, case when k.previous_until > $2 then k.previous_hash end as previous_hash from api_client c join api_client_key k using (client) where client = $1 and revoked_at is null',
        [id, now],
      );
      return [found, found ? await rolesNow(tx, found.org, found.roles, now) : []] as const;
    });
    if (!row) return undefined;
    const allowed = permissionsOf({ ...principalOfRow(row), roles });
    return {
      client_id: id,
      client_name: row.name,
      token_endpoint_auth_method: row.method,
      ...(row.redirect_uris.length > 0
        ? {
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            redirect_uris: row.redirect_uris,
            scope: ['openid', 'offline_access', ...allowed.filter(forPeople)].join(' '),
            ...(row.logout_uri
              ? { backchannel_logout_uri: row.logout_uri, backchannel_logout_session_required: true }
              : {}),
          }
        : {
            grant_types: ['client_credentials'],
            response_types: [],
            redirect_uris: [],
            scope: allowed.join(' '),
          }),
      dpop_bound_access_tokens: row.dpop,
      require_pushed_authorization_requests: row.par,
      tls_client_certificate_bound_access_tokens: row.certificate_bound,
      ...registeredName(row.certificate_name),
      // Both are good while a secret is being exchanged.
      ...(row.secret_hash ? { client_secret: [row.secret_hash, row.previous_hash].filter(Boolean).join(' ') } : {}),
      ...(row.jwks ? { jwks: row.jwks as never } : {}),
    };
  }

  private async record(tx: StoreTransaction, { principal }: Caller, id: string, command: ClientCommand): Promise<void> {
    unwrap(
      await recordFacts(tx, this.clock, {
        stream: `client-${id}`,
        org: principal.org,
        key: id,
        start: 'unknown',
        evolve: evolveClient,
        decide: (state: ApiClient) => decideClient(state, command),
        apply: applyClientFact,
      }),
    );
  }

  private audited(
    tx: StoreTransaction,
    caller: Caller,
    action: string,
    id: string,
    detail: Record<string, string>,
  ): Promise<void> {
    return auditDeed(this.audit, tx, caller, { action, target: { kind: 'client', id }, detail });
  }
}

const mostClients = 100;
/** How long a secret that was exchanged still works. */
const overlap = hours(24);

/**
 * What a program may be allowed to do in a person's name: what its own roles allow, but nothing that asks a person for a
 * fresh sign-in: a token cannot give one.
 */
const forPeople = (permission: Permission): boolean => !freshPermissions.has(permission);

const freshPermissions = new Set(
  Object.values<RouteDefinition>(routes).flatMap(({ freshSignIn, permission }) => (freshSignIn ? [permission] : [])),
);

/** Codes and sign-outs travel over TLS; plain http only where the platform itself is on this machine. */
function checkUri(text: string, publicUrl: string): void {
  const url = new URL(text);
  const local = new URL(publicUrl).protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.hash || url.username || url.password || (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))) {
    const detail = 'An address must be https, without a fragment and without a user.';
    throw new Refused('invalid', detail, [{ pointer: '/acts_for_people', code: 'uri', detail }]);
  }
}

/** Who a program is, for decisions. */
export const principalOfRow = (row: ClientRow): Principal => ({
  kind: 'client',
  id: row.client,
  org: row.org,
  roles: row.roles.map(({ role, scope }) => ({ role, scope })),
});

/** Puts a fact of a program into the view; one that is there already changes nothing. */
export async function applyClientFact(tx: Queryable, fact: EventEnvelope): Promise<void> {
  if (isEvent(fact, events.clientRegistered)) {
    const { client, name, method, roles, redirectUris, logoutUri, dpop, par } = fact.data;
    const { certificateName: named, certificateBound } = fact.data;
    await tx.query(
      `insert into api_client (org, client, name, method, roles, created_at, redirect_uris, logout_uri, dpop, par,
         certificate_name, certificate_bound) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       on conflict (client) do nothing`,
      [
        fact.org,
        client,
        name,
        method,
        JSON.stringify(roles),
        fact.time,
        JSON.stringify(redirectUris),
        logoutUri,
        dpop,
        par,
        named && JSON.stringify(named),
        certificateBound,
      ],
    );
  } else if (isEvent(fact, events.clientRevoked)) {
    await tx.query('update api_client set revoked_at = coalesce(revoked_at, $2) where client = $1', [
      fact.data.client,
      fact.time,
    ]);
  }
}

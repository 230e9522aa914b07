import { seconds, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import { sha256 } from '../users/one-time-link';
import type { Passwords } from '../users/password';
import { emailKey } from '../users/users';
import {
  accountStrictness,
  addressStrictness,
  fail,
  forgetAfter,
  knownFor,
  pairStrictness,
  type Strictness,
} from './delay';
import { KnownBlocks } from './known-blocks';

/** What became of a sign-in; `refused` never says which part was wrong. */
export type SignInResult =
  | { readonly kind: 'right'; readonly user: string; readonly org: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'blocked'; readonly retryAfter: Duration };

/** Told to those who found too many waiting. */
const busyFor = seconds(2);

/** What failures are counted by: hashes of the address, of account and address, and of the account. */
interface Keys {
  readonly address: string;
  readonly pair: string;
  readonly account: string;
}

type Person = { org: string; user_id: string; password_hash: string | null; state: string };

/** Sign-in by e-mail and password, slowed down by account and by address. */
export class SignIn {
  private readonly blocks = new KnownBlocks();

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly passwords: Passwords,
    /** The organisation of those who run the installation: its trail tells of guesses at accounts that are not there. */
    private readonly home: string,
  ) {}

  /** For how long the account is surely blocked at this address, ms, without asking the database; 0 = `attempt` tells. */
  blockedFor(email: string, address: string | null): Duration {
    const { address: here, pair } = keysOf(email, address);
    return this.blocks.blockedFor([here, pair], this.clock.now());
  }

  /**
   * Checks a person's password when it is its turn: a few at once, so that guessing takes neither processor nor database
   * from others. Who has to wait after failures is told so by one question, without a turn. Guesses at other places do not
   * keep anybody out where they have been before.
   */
  async attempt(email: string, password: string, address: string | null): Promise<SignInResult> {
    const keys = keysOf(email, address);
    const { known, until } = await this.store.transact((tx) => this.look(tx, keys));
    const blockedFor = until - this.clock.now();
    if (blockedFor > 0) return { kind: 'blocked', retryAfter: blockedFor };
    const turn = await this.passwords.turns.take(known, () => this.check(email, password, address, { ...keys, known }));
    return turn ? turn.done : { kind: 'blocked', retryAfter: busyFor };
  }

  /** Whether the person is known at the address, and until when they are blocked there (0 = they are not). */
  private async look(tx: Queryable, { address, pair, account }: Keys): Promise<{ known: boolean; until: Instant }> {
    const now = this.clock.now();
    const rows = await tx.query<{ known: boolean; key: string | null; last_at: number; blocked_until: number }>(
      `select k.known, a.key, a.last_at, a.blocked_until
       from (select exists (select 1 from known_address where pair_key = $1 and last_at > $2) as known) k
       left join sign_in_attempt a on a.key in ($1, $3, $4)`,
      [pair, now - knownFor, address, account],
    );
    const blockOf = (key: string): { since: Instant; until: Instant } => {
      const row = rows.find((one) => one.key === key);
      return { since: row?.last_at ?? 0, until: row?.blocked_until ?? 0 };
    };
    const [asPair, atAddress] = [blockOf(pair), blockOf(address)];
    this.blocks.note(pair, asPair, now);
    this.blocks.note(address, atAddress, now);
    const known = rows[0]?.known ?? false;
    return { known, until: Math.max(asPair.until, atAddress.until, known ? 0 : blockOf(account).until) };
  }

  /**
   * A failure is counted before the check, so that guesses at the same time count too: for
   * the address, for the account at this address, and for the account at all addresses that are not known as its own.
   */
  private async check(
    email: string,
    password: string,
    address: string | null,
    { address: addressKey, pair: pairKey, account: accountKey, known }: Keys & { readonly known: boolean },
  ): Promise<SignInResult> {
    const { until, person } = await this.store.transact(async (tx) => {
      const until = await this.count(tx, [
        [addressKey, addressStrictness],
        [pairKey, pairStrictness],
        ...(known ? [] : [[accountKey, accountStrictness] as const]),
      ]);
      const [person] = await tx.query<Person>(
        `select p.org, p.user_id, p.password_hash, a.state from person p join account a using (user_id) where p.email_key = $1`,
        [emailKey(email)],
      );
      return { until, person };
    });
    const blockedFor = until - this.clock.now();
    if (blockedFor > 0) return { kind: 'blocked', retryAfter: blockedFor };

    const right = await this.passwords.matches(person?.password_hash, password, known);
    const admitted = right && person?.state === 'active';
    await this.store.transact(async (tx) => {
      if (admitted) {
        await tx.query('delete from sign_in_attempt where key = $1', [pairKey]);
        // Takes back what was counted before the check.
        for (const key of known ? [addressKey] : [addressKey, accountKey].sort())
          await tx.query(
            'update sign_in_attempt set failures = greatest(failures - 1, 0), blocked_until = 0 where key = $1',
            [key],
          );
        await tx.query(
          `insert into known_address (pair_key, user_id, last_at) values ($1, $2, $3)
           on conflict (pair_key) do update set user_id = $2, last_at = $3`,
          [pairKey, person?.user_id ?? '', this.clock.now()],
        );
      }
      if (!admitted)
        await this.failed(
          tx,
          { user: person?.user_id ?? 'unknown', org: person?.org ?? this.home },
          right ? 'user is not active' : 'wrong e-mail or password',
          address,
        );
    });
    if (admitted) for (const key of [addressKey, pairKey]) this.blocks.forget(key);
    return admitted && person ? { kind: 'right', user: person.user_id, org: person.org } : { kind: 'refused' };
  }

  /**
   * Tries a second factor. Slowed down by account under a key of its own: only who knows the password gets here, so
   * nobody else can block a person.
   */
  async attemptFactor(
    owner: { user: string; org: string },
    address: string | null,
    check: () => Promise<boolean>,
  ): Promise<{ kind: 'right' } | { kind: 'refused' } | { kind: 'blocked'; retryAfter: Duration }> {
    const key = sha256(`factor:${owner.user}`);
    const until = await this.store.transact((tx) => this.count(tx, [[key, pairStrictness]]));
    if (until > this.clock.now()) return { kind: 'blocked', retryAfter: until - this.clock.now() };
    const right = await check();
    await this.store.transact(async (tx) => {
      if (right) await tx.query('delete from sign_in_attempt where key = $1', [key]);
      else await this.failed(tx, owner, 'wrong second factor', address);
    });
    return { kind: right ? 'right' : 'refused' };
  }

  /** Writes down that somebody is in; `amr` says by what (RFC 8176). */
  async succeeded(owner: { user: string; org: string }, amr: readonly string[], address: string | null): Promise<void> {
    await this.audit.write({
      org: owner.org,
      class: 'authentication',
      actor: { kind: 'user', id: owner.user },
      action: 'sign-in',
      target: { kind: 'user', id: owner.user },
      outcome: 'success',
      address,
      detail: { amr: amr.join(' ') },
    });
  }

  /** Writes down that a person lets a program act for them. */
  async consented(user: string, client: string, scopes: readonly string[], address: string | null): Promise<void> {
    await this.store.transact(async (tx) => {
      const [account] = await tx.query<{ org: string }>('select org from account where user_id = $1', [user]);
      await this.audit.within(tx, {
        org: account?.org ?? 'platform',
        class: 'authorisation',
        actor: { kind: 'user', id: user },
        action: 'client.consent',
        target: { kind: 'client', id: client },
        outcome: 'success',
        address,
        detail: { scope: scopes.join(' ') },
      });
    });
  }

  private failed(
    tx: Parameters<AuditTrail['within']>[0],
    { user, org }: { user: string; org: string },
    reason: string,
    address: string | null,
  ): Promise<void> {
    return this.audit.within(tx, {
      org,
      class: 'authentication',
      actor: { kind: 'anonymous', id: 'anonymous' },
      action: 'sign-in',
      target: { kind: 'user', id: user },
      outcome: 'failure',
      reason,
      address,
    });
  }

  /** Forgets attempts that no longer count, and addresses that are no longer known. */
  async purge(): Promise<void> {
    await this.store.transact(async (tx) => {
      await tx.query('delete from sign_in_attempt where last_at < $1', [this.clock.now() - forgetAfter]);
      await tx.query('delete from known_address where last_at < $1', [this.clock.now() - knownFor]);
    });
  }

  /** Counts one failure for each key; or says until when one is blocked: then nothing is counted, waiting must help. */
  private async count(tx: Queryable, keys: readonly (readonly [key: string, Strictness])[]): Promise<number> {
    const now = this.clock.now();
    // Always in the same order, so that two attempts never wait for each other crosswise.
    const sorted = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
    const names = sorted.map(([key]) => key);
    await tx.query(
      `insert into sign_in_attempt (key, failures, last_at, blocked_until)
       select key, 0, $2, 0 from unnest($1::text[]) with ordinality as given (key, place) order by place
       on conflict (key) do nothing`,
      [names, now],
    );
    const rows = await tx.query<{ key: string; failures: number; last_at: number; blocked_until: number }>(
      'select key, failures, last_at, blocked_until from sign_in_attempt where key = any ($1) order by key collate "C" for update',
      [names],
    );
    const blockedUntil = Math.max(...rows.map(({ blocked_until }) => blocked_until));
    if (blockedUntil > now) return blockedUntil;
    const next = sorted.map(([key, strictness]) => {
      const { failures = 0, last_at: lastAt = now } = rows.find((row) => row.key === key) ?? {};
      return fail({ failures, lastAt, blockedUntil: 0 }, strictness, now);
    });
    await tx.query(
      `update sign_in_attempt a set failures = n.failures, last_at = $2, blocked_until = n.until
       from unnest($1::text[], $3::integer[], $4::float8[]) as n (key, failures, until) where a.key = n.key`,
      [names, now, next.map(({ failures }) => failures), next.map(({ blockedUntil: until }) => until)],
    );
    return 0;
  }
}

const keysOf = (email: string, address: string | null): Keys => ({
  address: sha256(`address:${address ?? 'unknown'}`),
  pair: sha256(`pair:${emailKey(email)} ${address ?? 'unknown'}`),
  account: sha256(`account:${emailKey(email)}`),
});

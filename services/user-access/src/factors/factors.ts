import type { Clock, Queryable, SecretStore, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import { Secret, TOTP } from 'otpauth';
import { auditDeed, type Caller } from '../caller';
import type { Notices } from '../notices/notices';
import { endSessionsOf } from '../sessions/sessions';
import { sha256 } from '../users/one-time-link';
import { seal, unseal } from './sealed';

/** What a person has beside their password. */
export type FactorKind = 'totp' | 'passkey' | 'recovery_codes';

const period = 30;
const codes = 10;

/** A person, as far as factors go. */
export interface Owner {
  readonly user: string;
  readonly org: string;
}

/** Authenticator apps (TOTP, RFC 6238) and recovery codes. Passkeys are in `passkeys.ts`. */
export class Factors {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly secrets: SecretStore,
    private readonly audit: AuditTrail,
    private readonly notices: Notices,
  ) {}

  /** The kinds of factor that a person can use now. */
  async kinds(user: string): Promise<FactorKind[]> {
    const [row] = await this.store.transact((tx) =>
      tx.query<{ totp: boolean; passkey: boolean; codes: boolean }>(
        `select exists (select from totp_factor where user_id = $1 and confirmed_at is not null) as totp,
           exists (select from passkey where user_id = $1) as passkey,
           exists (select from recovery_code where user_id = $1 and used_at is null) as codes`,
        [user],
      ),
    );
    return [
      ...(row?.totp ? (['totp'] as const) : []),
      ...(row?.passkey ? (['passkey'] as const) : []),
      ...(row?.codes ? (['recovery_codes'] as const) : []),
    ];
  }

  /** The secret to put into an authenticator app, made when there is none to confirm; never one that is confirmed already. */
  async beginTotp(owner: Owner, label: string): Promise<{ secret: string; uri: string } | undefined> {
    const sealed = await seal(this.secrets, this.clock, owner.user, this.clock.random(20));
    const row = await this.store.transact(async (tx) => {
      await tx.query(
        `insert into totp_factor (user_id, organisation, sealed_secret) values ($1, $2, $3) on conflict do nothing`,
        [owner.user, owner.org, sealed],
      );
      const [kept] = await tx.query<{ sealed_secret: Buffer; confirmed_at: number | null }>(
        'select sealed_secret, confirmed_at from totp_factor where user_id = $1',
        [owner.user],
      );
      return kept;
    });
    if (!row || row.confirmed_at !== null) return undefined;
    const totp = await this.totp(owner.user, row.sealed_secret, label);
    return { secret: totp.secret.base32, uri: totp.toString() };
  }

  /** Confirms the app with a first code; the answer are fresh recovery codes (shown once), or undefined when the code is wrong. */
  async confirmTotp(owner: Owner, code: string, address: string | null): Promise<string[] | undefined> {
    if (!(await this.useTotp(owner.user, code, false))) return undefined;
    return this.store.transact(async (tx) => {
      await tx.query('update totp_factor set confirmed_at = $2 where user_id = $1', [owner.user, this.clock.now()]);
      await this.audited(tx, owner, 'factor.add', 'totp', address);
      return this.newCodes(tx, owner);
    });
  }

  /** Whether a code of the app is right; each works once, and one step early or late. */
  async useTotp(user: string, code: string, confirmed = true): Promise<boolean> {
    const digits = code.replaceAll(/\s/g, '');
    if (!/^\d{6}$/.test(digits)) return false;
    const [row] = await this.store.transact((tx) =>
      tx.query<{ sealed_secret: Buffer; confirmed_at: number | null }>(
        'select sealed_secret, confirmed_at from totp_factor where user_id = $1',
        [user],
      ),
    );
    if (!row || (row.confirmed_at !== null) !== confirmed) return false;
    const now = this.clock.now();
    const delta = (await this.totp(user, row.sealed_secret, '')).validate({ token: digits, timestamp: now, window: 1 });
    if (delta === null) return false;
    const step = Math.floor(now / 1000 / period) + delta;
    const used = await this.store.transact((tx) =>
      tx.query('update totp_factor set last_step = $2 where user_id = $1 and last_step < $2 returning 1', [user, step]),
    );
    return used.length > 0;
  }

  /** Uses up a recovery code; false when it is not one of theirs, or was used. */
  async useRecoveryCode(owner: Owner, code: string, address: string | null): Promise<boolean> {
    const plain = code.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
    // Those made before there were 24 characters had 16.
    if (plain.length !== 24 && plain.length !== 16) return false;
    return this.store.transact(async (tx) => {
      const rows = await tx.query(
        'update recovery_code set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null returning 1',
        [owner.user, sha256(plain), this.clock.now()],
      );
      if (rows.length > 0) await this.audited(tx, owner, 'factor.use-recovery-code', 'recovery_codes', address);
      return rows.length > 0;
    });
  }

  /** Fresh recovery codes; the older ones are void. */
  async newCodes(tx: Queryable, { user, org }: Owner): Promise<string[]> {
    await tx.query('delete from recovery_code where user_id = $1', [user]);
    const made: string[] = [];
    for (let i = 0; i < codes; i++) {
      // 24 characters of 5 bits: 120 bits, so that a fast hash is enough (ASVS 6.5.2 asks for 112).
      const text = [...this.clock.random(24)].map((byte) => '0123456789abcdefghjkmnpqrstvwxyz'[byte & 31]).join('');
      await tx.query('insert into recovery_code (user_id, organisation, code_hash) values ($1, $2, $3)', [
        user,
        org,
        sha256(text),
      ]);
      made.push(text.replaceAll(/(.{4})(?=.)/g, '$1-'));
    }
    return made;
  }

  /** Forgets every factor of a person (who lost them) and ends their sessions; whoever asks is written down. */
  async reset(caller: Caller, user: string): Promise<void> {
    const { org } = caller.principal;
    await this.store.transact(async (tx) => {
      for (const table of ['totp_factor', 'recovery_code', 'passkey'])
        await tx.query(`delete from ${table} where user_id = $1 and organisation = $2`, [user, org]);
      await endSessionsOf(tx, this.clock, user, org);
      await this.notices.changed(tx, { user, org }, 'factor_removed', { address: null });
      await auditDeed(this.audit, tx, caller, { action: 'factor.reset', target: { kind: 'user', id: user } });
    });
  }

  /** Writes down that a person changed or used their own factors, and tells them. */
  async audited(
    tx: Parameters<AuditTrail['within']>[0],
    { user, org }: Owner,
    action: 'factor.add' | 'factor.use-recovery-code',
    factor: FactorKind,
    address: string | null,
  ): Promise<void> {
    const kind = action === 'factor.add' ? 'factor_added' : 'recovery_code_used';
    await this.notices.changed(tx, { user, org }, kind, { address });
    return this.audit.within(tx, {
      org,
      class: 'authentication',
      actor: { kind: 'user', id: user },
      action,
      target: { kind: 'user', id: user },
      outcome: 'success',
      address,
      detail: { factor },
    });
  }

  private async totp(user: string, sealed: Uint8Array, label: string): Promise<TOTP> {
    const secret = await unseal(this.secrets, this.clock, user, sealed);
    return new TOTP({
      issuer: 'Quaywatch',
      label: label || 'Quaywatch',
      secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
      algorithm: 'SHA1',
      digits: 6,
      period,
    });
  }
}

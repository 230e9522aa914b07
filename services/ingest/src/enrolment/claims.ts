import { btuSerial } from '@quaywatch/contracts';
import { makeId, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock, SecretStore, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { createHmac } from 'node:crypto';
import type { Actor } from '../pki/authorities';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A claim that a device may redeem. */
export interface OpenClaim {
  readonly id: string;
  readonly org: string;
  readonly btu: string;
}

/**
 * One-time codes with which a device gets its first certificate. 100 random bits, shown once; kept is only their HMAC
 * under a secret, so that a copy of the database redeems nothing. A new code of a device ends the one before.
 */
export class Claims {
  constructor(
    private readonly store: ViewStore,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
  ) {}

  /** Makes a code for a device of the actor's organisation. `conflict` when the device belongs to another. */
  async create(actor: Actor, btu: string, life: Duration): Promise<{ code: string; expiresAt: Instant }> {
    if (!btuSerial.safeParse(btu).success) throw new Refused('invalid', `${btu} is not a BTU serial.`);
    const now = this.clock.now();
    const plain = [...this.clock.random(20)].map((byte) => alphabet[byte & 31]).join('');
    const hash = await this.hash(plain);
    const expiresAt = now + life;
    await this.store.transact(async (tx) => {
      const [owner] = await tx.query<{ org: string }>('select org from device where btu = $1', [btu]);
      if (owner && owner.org !== actor.org) throw new Refused('conflict', `${btu} belongs to another organisation.`);
      await tx.query(
        'update claim set withdrawn_at = $3 where org = $1 and btu = $2 and used_at is null and withdrawn_at is null',
        [actor.org, btu, now],
      );
      await tx.query(
        'insert into claim (org, id, btu, code_hash, created_at, created_by, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
        [actor.org, makeId('enrolment', now, this.clock.random(10)), btu, hash, now, actor.id, expiresAt],
      );
      await this.audit.within(tx, {
        org: actor.org,
        class: 'privileged',
        actor: { kind: actor.kind, id: actor.id },
        action: 'device.claim',
        target: { kind: 'btu', id: btu },
        outcome: 'success',
        address: actor.address,
        detail: { expires: expiresAt },
      });
    });
    return { code: plain.replace(/(.{4})(?=.)/g, '$1-'), expiresAt };
  }

  /** The claim that a device shows; undefined when there is none that is good now. */
  async find(btu: string, code: string): Promise<OpenClaim | undefined> {
    const hash = await this.hash(normal(code));
    const [row] = await this.store.transact((tx) =>
      tx.query<{ id: string; org: string; btu: string }>(
        `select id, org, btu from claim where code_hash = $1 and btu = $2 and used_at is null and withdrawn_at is null
           and expires_at > $3`,
        [hash, btu, this.clock.now()],
      ),
    );
    return row;
  }

  /** Uses up a claim; throws `Refused` `forbidden` when somebody was faster. */
  async redeem(tx: StoreTransaction, claim: OpenClaim): Promise<void> {
    const now = this.clock.now();
    const used = await tx.query(
      `update claim set used_at = $2 where id = $1 and used_at is null and withdrawn_at is null and expires_at > $2
       returning id`,
      [claim.id, now],
    );
    if (used.length === 0) throw new Refused('forbidden', 'The claim code was used a moment ago.');
  }

  private async hash(plain: string): Promise<string> {
    const key = await this.secrets.ensure('device-claim-key', () => this.clock.random(32));
    return createHmac('sha256', key).update(plain).digest('hex');
  }
}

/** The code as people may type it: any case, any grouping, letters that look like digits. */
const normal = (code: string): string =>
  code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');

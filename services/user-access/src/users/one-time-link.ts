import { hours, type Instant } from '@quaywatch/kernel';
import type { Clock, Queryable } from '@quaywatch/ports';
import { createHash } from 'node:crypto';

/** What a link is for: the first administrator's set-up, or an invitation. */
export type LinkKind = 'setup' | 'invitation';

/** How long a link works, ms. */
export const linkLife: Readonly<Record<LinkKind, number>> = { setup: hours(24), invitation: hours(72) };

/** A link as it is stored. */
export interface LinkRow extends Record<string, unknown> {
  org: string;
  secret_hash: string;
  user_id: string;
  kind: LinkKind;
  expires_at: number;
  used_at: number | null;
}

/** SHA-256 as hex; enough for secrets of 32 random bytes. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Makes a new secret for the user and forgets every older one. Returns the secret: it is not stored. */
export async function makeLink(
  tx: Queryable,
  clock: Clock,
  link: { org: string; user: string; kind: LinkKind; expiresAt: Instant },
): Promise<string> {
  const secret = Buffer.from(clock.random(32)).toString('base64url');
  await tx.query('delete from one_time_link where user_id = $1', [link.user]);
  await tx.query(
    'insert into one_time_link (org, secret_hash, user_id, kind, expires_at) values ($1, $2, $3, $4, $5)',
    [link.org, sha256(secret), link.user, link.kind, link.expiresAt],
  );
  return secret;
}

/** The link of this secret when it can still be used; locks it for the transaction. */
export async function openLink(tx: Queryable, secret: string, now: Instant): Promise<LinkRow | undefined> {
  const [row] = await tx.query<LinkRow>('select * from one_time_link where secret_hash = $1 for update', [
    sha256(secret),
  ]);
  return row && row.used_at === null && row.expires_at > now ? row : undefined;
}

import type { Clock, StoreTransaction } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import type { Notices } from '../notices/notices';
import { sha256 } from '../users/one-time-link';

/** Where somebody has signed in from, as far as the browser tells. */
export interface Device {
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** The device in a session's data. */
export const deviceOf = (data: Readonly<Record<string, unknown>>): Device => {
  const device = (data['device'] ?? {}) as { address?: string | null; userAgent?: string | null };
  return { address: device.address ?? null, userAgent: device.userAgent ?? null };
};

/** The browser's name without its versions: an update is no new device. */
export const deviceKey = (userAgent: string | null): string => sha256((userAgent ?? '').replaceAll(/[\d._]+/g, ''));

/** Remembers the devices that people sign in from, and tells them of new ones. */
export class Devices {
  constructor(
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly notices: Notices,
  ) {}

  /** Notes a sign-in. A device not seen before, of somebody who has signed in before, becomes a notice for them. */
  async seen(
    tx: StoreTransaction,
    { user, org }: { user: string; org: string },
    { address, userAgent }: Device,
  ): Promise<void> {
    const now = this.clock.now();
    const [known] = await tx.query<{ others: number }>(
      'select count(*)::int as others from known_device where user_id = $1',
      [user],
    );
    const [row] = await tx.query<{ made: boolean }>(
      `insert into known_device (user_id, organisation, device_hash, first_seen_at, last_seen_at) values ($1, $2, $3, $4, $4)
       on conflict (user_id, device_hash) do update set last_seen_at = $4 returning (xmax = 0) as made`,
      [user, org, deviceKey(userAgent), now],
    );
    if (!row?.made || (known?.others ?? 0) === 0) return;
    await this.notices.tell(tx, { user, org }, 'new_device', { address, userAgent }, now);
    await this.audit.within(tx, {
      org,
      class: 'authentication',
      actor: { kind: 'user', id: user },
      action: 'session.new-device',
      target: { kind: 'user', id: user },
      outcome: 'success',
      address,
    });
  }
}

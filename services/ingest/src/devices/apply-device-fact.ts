import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import { legacyAuthority, type DeviceState } from '@quaywatch/domain/telemetry';
import { applyRolloutFact } from '../firmware/apply-rollout-fact';
import { applyCommandFact } from './apply-command-fact';
import type { Queryable } from '@quaywatch/ports';

/** Applies a fact of topic `devices`; a fact that was applied already changes nothing. */
export async function applyDeviceFact(tx: Queryable, event: EventEnvelope): Promise<void> {
  if (isEvent(event, events.deviceEnrolled)) {
    await tx.query(
      `insert into device (org, btu, enrolled_at) values ($1, $2, $3)
       on conflict (btu) do update set org = $1, enrolled_at = $3, state = 'active', state_reason = null, state_at = $3
       where device.state in ('pending', 'rejected') and coalesce(device.state_at, 0) <= $3`,
      [event.org, event.data.btu, event.time],
    );
  } else if (isEvent(event, events.certificateIssued)) {
    const { serial, btu, notAfter, fingerprint, authority, keyHash } = event.data;
    await tx.query(
      `insert into certificate (org, serial, btu, not_after, issued_at, authority, fingerprint, key_hash)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (btu, serial) do nothing`,
      [event.org, serial, btu, notAfter, event.time, authority ?? legacyAuthority, fingerprint, keyHash],
    );
  } else if (isEvent(event, events.certificateRevoked)) {
    await tx.query(
      'update certificate set revoked_at = $3, reason = $4 where btu = $1 and serial = $2 and revoked_at is null',
      [event.data.btu, event.data.serial, event.time, event.data.reason],
    );
  } else if (isEvent(event, events.certificateFirstUsed)) {
    await tx.query(
      'update certificate set first_used_at = $3 where btu = $1 and serial = $2 and first_used_at is null',
      [event.data.btu, event.data.serial, event.time],
    );
  } else if (isEvent(event, events.certificateExpiring)) {
    await tx.query('update certificate set warned = least(warned, $3) where btu = $1 and serial = $2', [
      event.data.btu,
      event.data.serial,
      event.data.days,
    ]);
  } else if (isEvent(event, events.devicePresented)) {
    const { btu, authority, serial } = event.data;
    await tx.query(
      `insert into device (org, btu, enrolled_at, state, state_reason, state_at, presented_by)
       values ($1, $2, $3, 'pending', $4, $3, $5)
       on conflict (btu) do update set state_reason = $4, presented_by = $5
       where device.state = 'pending' and device.org = $1`,
      [event.org, btu, event.time, `certificate ${serial} of ${authority}`, authority],
    );
  } else if (isEvent(event, events.deviceRejected)) await setState(tx, event, 'rejected');
  else if (isEvent(event, events.deviceQuarantined)) await setState(tx, event, 'quarantined');
  else if (isEvent(event, events.deviceReleased)) await setState(tx, event, 'active');
  else if (isEvent(event, events.authorityAdded)) {
    const { authority, kind, name, certificate, fingerprint, keyRef, quota, notAfter } = event.data;
    await tx.query(
      `insert into authority (org, id, kind, name, certificate, fingerprint, key_ref, quota, not_after, added_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`,
      [event.org, authority, kind, name, certificate, fingerprint, keyRef, quota, notAfter, event.time],
    );
  } else if (isEvent(event, events.authorityRetired)) {
    await tx.query('update authority set retired_at = $2 where id = $1 and retired_at is null', [
      event.data.authority,
      event.time,
    ]);
  } else {
    await applyCommandFact(tx, event);
    await applyRolloutFact(tx, event);
  }
}

/** The state of a device; one that came later, by the facts of its stream, stays. */
async function setState(
  tx: Queryable,
  event: EventEnvelope<{ readonly btu: string; readonly reason: string }>,
  state: DeviceState,
): Promise<void> {
  await tx.query(
    `update device set state = $3, state_reason = $4, state_at = $5
     where org = $1 and btu = $2 and coalesce(state_at, 0) <= $5`,
    [event.org, event.data.btu, state, event.data.reason, event.time],
  );
}

import { isEvent, events, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

/** A fact about the identity of a device, before it has an id and a time. */
export type DeviceFact =
  | { readonly type: 'device-enrolled'; readonly data: DataOf<typeof events.deviceEnrolled> }
  | { readonly type: 'certificate-issued'; readonly data: DataOf<typeof events.certificateIssued> }
  | { readonly type: 'certificate-first-used'; readonly data: DataOf<typeof events.certificateFirstUsed> }
  | { readonly type: 'certificate-expiring'; readonly data: DataOf<typeof events.certificateExpiring> }
  | { readonly type: 'certificate-revoked'; readonly data: DataOf<typeof events.certificateRevoked> };

/** A device as its facts tell it; org null = it was never enrolled. */
export interface DeviceIdentity {
  readonly org: string | null;
  /** Serial numbers of its certificates that were not revoked, oldest first. */
  readonly valid: readonly string[];
  /** Every serial number it was ever issued. */
  readonly issued: readonly string[];
  /** Serial numbers of those that it came with at least once. */
  readonly used: readonly string[];
  /** Serial number → fewest days before its end at which was warned. */
  readonly warned: Readonly<Record<string, number>>;
}

/** The device from the facts of its stream, oldest first. */
export function deviceOf(facts: readonly EventEnvelope[]): DeviceIdentity {
  let device: DeviceIdentity = { org: null, valid: [], issued: [], used: [], warned: {} };
  for (const fact of facts) {
    if (isEvent(fact, events.deviceEnrolled)) device = { ...device, org: device.org ?? fact.org };
    else if (isEvent(fact, events.certificateIssued)) {
      const { serial } = fact.data;
      device = { ...device, valid: [...device.valid, serial], issued: [...device.issued, serial] };
    } else if (isEvent(fact, events.certificateFirstUsed)) {
      device = { ...device, used: [...device.used, fact.data.serial] };
    } else if (isEvent(fact, events.certificateExpiring)) {
      device = { ...device, warned: { ...device.warned, [fact.data.serial]: fact.data.days } };
    } else if (isEvent(fact, events.certificateRevoked)) {
      device = { ...device, valid: device.valid.filter((serial) => serial !== fact.data.serial) };
    }
  }
  return device;
}

/**
 * Admits a device to an organisation with a new certificate, or gives a known one another. Refused with `conflict`: the
 * device belongs to another organisation, or the certificate's number was used before.
 */
export function enrolDevice(
  device: DeviceIdentity,
  org: string,
  by: string,
  certificate: DataOf<typeof events.certificateIssued>,
): Decision<DeviceFact[]> {
  const { btu, serial } = certificate;
  if (device.org !== null && device.org !== org) return refuse('conflict', `${btu} belongs to another organisation.`);
  if (device.issued.includes(serial)) return refuse('conflict', 'A certificate of this number was issued before.');
  const issued: DeviceFact = { type: 'certificate-issued', data: certificate };
  return accept(device.org === null ? [{ type: 'device-enrolled', data: { btu, by } }, issued] : [issued]);
}

/**
 * Revokes every certificate of a device that is still valid; nothing to record when there is none. Refused with
 * `not_found`: the organisation has no such device.
 */
export function revokeDevice(
  device: DeviceIdentity,
  org: string,
  request: { readonly btu: string; readonly by: string; readonly reason: string },
): Decision<DeviceFact[]> {
  if (device.org !== org) return refuse('not_found', `There is no device ${request.btu}.`);
  return accept(device.valid.map((serial) => ({ type: 'certificate-revoked', data: { ...request, serial } })));
}

/** Warns that a certificate ends in so many days; nothing when it was warned at as few before. */
export function warnExpiry(device: DeviceIdentity, data: DataOf<typeof events.certificateExpiring>): DeviceFact[] {
  if ((device.warned[data.serial] ?? Infinity) <= data.days) return [];
  return [{ type: 'certificate-expiring', data }];
}

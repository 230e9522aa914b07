import { isEvent, events, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';
import type { DeviceState } from './certificate-standing';

/** A fact about the identity of a device, before it has an id and a time. */
export type DeviceFact =
  | { readonly type: 'device-enrolled'; readonly data: DataOf<typeof events.deviceEnrolled> }
  | { readonly type: 'certificate-issued'; readonly data: DataOf<typeof events.certificateIssued> }
  | { readonly type: 'certificate-first-used'; readonly data: DataOf<typeof events.certificateFirstUsed> }
  | { readonly type: 'certificate-expiring'; readonly data: DataOf<typeof events.certificateExpiring> }
  | { readonly type: 'device-presented'; readonly data: DataOf<typeof events.devicePresented> }
  | { readonly type: 'device-rejected'; readonly data: DataOf<typeof events.deviceRejected> }
  | { readonly type: 'device-quarantined'; readonly data: DataOf<typeof events.deviceQuarantined> }
  | { readonly type: 'device-released'; readonly data: DataOf<typeof events.deviceReleased> }
  | { readonly type: 'certificate-revoked'; readonly data: DataOf<typeof events.certificateRevoked> };

/** A device as its facts tell it; org null = nobody ever heard of it. */
export interface DeviceIdentity {
  readonly org: string | null;
  readonly state: DeviceState | 'unknown';
  /** The certificate with which it waits for approval. */
  readonly presented: DataOf<typeof events.devicePresented> | null;
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
  let device: DeviceIdentity = {
    org: null,
    state: 'unknown',
    presented: null,
    valid: [],
    issued: [],
    used: [],
    warned: {},
  };
  for (const fact of facts) {
    if (isEvent(fact, events.deviceEnrolled)) {
      if (!isOwned(device)) device = { ...device, org: fact.org, state: 'active', presented: null };
    } else if (isEvent(fact, events.devicePresented)) {
      if (!isOwned(device)) device = { ...device, org: fact.org, state: 'pending', presented: fact.data };
    } else if (isEvent(fact, events.deviceRejected)) device = { ...device, state: 'rejected', presented: null };
    else if (isEvent(fact, events.deviceQuarantined)) device = { ...device, state: 'quarantined' };
    else if (isEvent(fact, events.deviceReleased)) device = { ...device, state: 'active' };
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
  if (isOwned(device) && device.org !== org) return refuse('conflict', `${btu} belongs to another organisation.`);
  if (device.issued.includes(serial)) return refuse('conflict', 'A certificate of this number was issued before.');
  const issued: DeviceFact = { type: 'certificate-issued', data: certificate };
  return accept(!isOwned(device) ? [{ type: 'device-enrolled', data: { btu, by } }, issued] : [issued]);
}

/** True when an organisation has enrolled or approved it; whoever only came by itself belongs to nobody yet. */
const isOwned = ({ state }: DeviceIdentity): boolean => state === 'active' || state === 'quarantined';

/**
 * Lets a device that nobody enrolled wait for approval. Nothing to record when it waits already with this certificate,
 * or was turned away; refused with `conflict` when it belongs to an organisation, or waits at another one.
 */
export function presentDevice(
  device: DeviceIdentity,
  org: string,
  data: DataOf<typeof events.devicePresented>,
): Decision<DeviceFact[]> {
  if (isOwned(device)) return refuse('conflict', `${data.btu} is enrolled.`);
  if (device.org !== null && device.org !== org) return refuse('conflict', `${data.btu} waits elsewhere.`);
  if (device.state === 'rejected' || device.presented?.fingerprint === data.fingerprint) return accept([]);
  return accept([{ type: 'device-presented', data }]);
}

/** What a person decides about a device. */
export interface DeviceRequest {
  readonly btu: string;
  readonly by: string;
  readonly reason: string;
}

/** Admits a device that waits, with the certificate it came with. `not_found`; `conflict` when it does not wait. */
export function approveDevice(device: DeviceIdentity, org: string, { btu, by }: DeviceRequest): Decision<DeviceFact[]> {
  if (device.org !== org) return refuse('not_found', `There is no device ${btu}.`);
  if (!device.presented) return refuse('conflict', `${btu} does not wait for approval.`);
  const { serial, fingerprint, notBefore, notAfter, authority, keyHash } = device.presented;
  if (device.issued.includes(serial)) return refuse('conflict', 'A certificate of this number was issued before.');
  const certificate = { btu, serial, fingerprint, notBefore, notAfter, authority, keyHash };
  return accept([
    { type: 'device-enrolled', data: { btu, by } },
    { type: 'certificate-issued', data: certificate },
  ]);
}

/** Turns away a device that waits. `not_found`; `conflict` when it does not wait. */
export function rejectDevice(device: DeviceIdentity, org: string, request: DeviceRequest): Decision<DeviceFact[]> {
  if (device.org !== org) return refuse('not_found', `There is no device ${request.btu}.`);
  if (device.state !== 'pending') return refuse('conflict', `${request.btu} does not wait for approval.`);
  return accept([{ type: 'device-rejected', data: request }]);
}

/** Lets a device connect no more until it is released. `not_found`; `conflict` unless it is active. */
export function quarantineDevice(
  device: DeviceIdentity,
  org: string,
  cause: 'offences' | 'operator',
  request: DeviceRequest,
): Decision<DeviceFact[]> {
  if (device.org !== org) return refuse('not_found', `There is no device ${request.btu}.`);
  if (device.state !== 'active') return refuse('conflict', `${request.btu} is not active.`);
  return accept([{ type: 'device-quarantined', data: { ...request, cause } }]);
}

/** Lets a device in quarantine connect again. `not_found`; `conflict` when it is not in quarantine. */
export function releaseDevice(device: DeviceIdentity, org: string, request: DeviceRequest): Decision<DeviceFact[]> {
  if (device.org !== org) return refuse('not_found', `There is no device ${request.btu}.`);
  if (device.state !== 'quarantined') return refuse('conflict', `${request.btu} is not in quarantine.`);
  return accept([{ type: 'device-released', data: request }]);
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

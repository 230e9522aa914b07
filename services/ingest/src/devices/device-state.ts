import type { DeviceState } from '@quaywatch/domain/telemetry';
import { toIso } from '@quaywatch/kernel';

/** How a device is shown: one that is active and has no certificate that was not revoked is `revoked`. */
export const stateOf = (state: DeviceState, certified: boolean): DeviceState | 'revoked' =>
  state === 'active' && !certified ? 'revoked' : state;

/** How the connection of a device is shown; one that was never heard of is `never` (law L9). */
export const connectionOf = (seenAt: number | null, online: boolean | null): 'online' | 'offline' | 'never' =>
  seenAt === null ? 'never' : online ? 'online' : 'offline';

/** A time that may be missing, as text. */
export const maybeIso = (at: number | null): string | null => (at === null ? null : toIso(at));

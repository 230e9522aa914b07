import type { DeviceState } from '@quaywatch/domain/telemetry';

/** How a device is shown: one that is active and has no certificate that was not revoked is `revoked`. */
export const stateOf = (state: DeviceState, certified: boolean): DeviceState | 'revoked' =>
  state === 'active' && !certified ? 'revoked' : state;

export { BtuClient, type Body, type BtuOptions } from './client/btu-client';
export { defaultQuotas, FrameBuffer, type Dropped, type Quotas, type WaitingFrame } from './client/frame-buffer';
export { hasIdentity, installCertificate, readIdentity, signingRequest, type Identity } from './client/identity';
export {
  demoFleet,
  demoHistory,
  demoPace,
  demoSendPace,
  truthOf,
  type DemoFleet,
  type SimulatedDevice,
} from './simulate/demo-fleet';
export { RunningDevice, type RunDeviceOptions } from './simulate/run-device';

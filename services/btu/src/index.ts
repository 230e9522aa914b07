export { BtuClient, type Body, type BtuOptions } from './client/btu-client';
export { defaultQuotas, FrameBuffer, type Dropped, type Quotas, type WaitingFrame } from './client/frame-buffer';
export { BurstSender, chunksOf, type Burst } from './client/burst-sender';
export type { CommandAnswer, CommandHandler } from './client/command-answers';
export { EstClient } from './client/est-client';
export {
  endOf,
  freshRequest,
  hasIdentity,
  installCertificate,
  readIdentity,
  signingRequest,
  type Identity,
} from './client/identity';
export { Renewal, type RenewalOptions } from './client/renewal';
export {
  demoFleet,
  demoHistory,
  demoPace,
  demoSendPace,
  sandboxFleet,
  sandboxHistory,
  sandboxPace,
  truthOf,
  type DemoFleet,
  type SimulatedDevice,
} from './simulate/demo-fleet';
export { FirmwareAgent, type FirmwareAgentOptions } from './firmware/firmware-agent';
export type { Program } from './firmware/program';
export { Twistlocks } from './firmware/twistlocks';
export { referenceModel, RunningDevice, type RunDeviceOptions } from './simulate/run-device';

import { electricFailureModes } from './electrics';
import type { FailureMode } from './failure-mode';
import { hydraulicFailureModes } from './hydraulics';
import { mechanicFailureModes } from './mechanics';
import { operationFailureModes } from './operation';
import { structureFailureModes } from './structure';
import { twistlockFailureModes } from './twistlock';

/** Failure mode id → what fails, how it shows and what to do; defaults which a site may change. */
export const failureModes: ReadonlyMap<string, FailureMode> = new Map(
  [
    ...twistlockFailureModes,
    ...mechanicFailureModes,
    ...structureFailureModes,
    ...hydraulicFailureModes,
    ...electricFailureModes,
    ...operationFailureModes,
  ].map((mode) => [mode.id, mode] as const),
);

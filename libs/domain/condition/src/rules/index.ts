import { actuatorLeak } from './actuator-leak';
import { coolerDirty } from './cooler-dirty';
import { electricRules } from './electrics';
import { flipperSlow } from './flipper-slow';
import { landingPin } from './landing-pin';
import { loadCellDrift } from './load-cell-drift';
import { lockSensor } from './lock-sensor';
import { lockingRules } from './locking';
import { oilLeak } from './oil-leak';
import { operationRules } from './operation';
import { powerPackRules } from './power-pack';
import { pumpWear } from './pump-wear';
import type { Rule } from './rule';
import { stiffTwistlock } from './stiff-twistlock';
import { structureRules } from './structure';
import { telescopeWear } from './telescope-wear';

/** Every rule, one line each. */
export const rules: readonly Rule[] = [
  lockSensor,
  stiffTwistlock,
  actuatorLeak,
  landingPin,
  telescopeWear,
  pumpWear,
  oilLeak,
  coolerDirty,
  flipperSlow,
  loadCellDrift,
  ...lockingRules,
  ...structureRules,
  ...powerPackRules,
  ...electricRules,
  ...operationRules,
];

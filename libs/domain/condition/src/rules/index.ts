import { actuatorLeak } from './actuator-leak';
import { coolerDirty } from './cooler-dirty';
import { flipperSlow } from './flipper-slow';
import { landingPin } from './landing-pin';
import { loadCellDrift } from './load-cell-drift';
import { lockSensor } from './lock-sensor';
import { oilLeak } from './oil-leak';
import { pumpWear } from './pump-wear';
import type { Rule } from './rule';
import { stiffTwistlock } from './stiff-twistlock';
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
];

import { fromIndicators } from './from-indicators';
import type { Rule } from './rule';

/** Ways of use that damage the machine or endanger people. */
export const operationRules: readonly Rule[] = [
  fromIndicators({ failureMode: 'FM-31', component: 'OPS', main: ['landing.hard', 'landing.severe'] }),
  fromIndicators({ failureMode: 'FM-32', component: 'OPS.LOAD', main: ['load.overload', 'load.snag'] }),
  fromIndicators({ failureMode: 'FM-33', component: 'OPS.BYPASS', main: ['ops.bypass', 'ops.bypassLift'] }),
];

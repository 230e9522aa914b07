import type { SettingValue } from './setting';

/**
 * Starting values of types of spreaders where they are not those of every spreader: rated load in t, makers' data, where
 * nothing better is on record. Edited like all others.
 */
export const typeDefaults: Readonly<Record<string, Readonly<Record<string, SettingValue>>>> = {
  sts_twin: { 'signs/swl': 50 },
  mhc: { 'signs/swl': 50 },
  straddle: { 'signs/swl': 50 },
  reach_stacker: { 'signs/swl': 45 },
};

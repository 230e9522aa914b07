import type { ConditionSettings } from '../settings';
import { applySettings } from './apply-settings';
import { settingScopes, type SettingPlace, type SettingScope, type SettingValue } from './setting';
import { typeDefaults } from './type-defaults';

/** A value that was set somewhere, and the time of data for which it holds, ms; `to` null = it holds. */
export interface SettingPeriod {
  readonly scope: SettingScope;
  /** The type, model, terminal or spreader; null for the whole organisation. */
  readonly of: string | null;
  readonly setting: string;
  readonly value: SettingValue;
  readonly from: number;
  readonly to: number | null;
}

/** A value and where it comes from. */
export interface OriginValue<P extends SettingPeriod = SettingPeriod> {
  readonly value: SettingValue;
  /** `type-default`: what the catalogue says of the type of spreader. */
  readonly origin: SettingScope | 'type-default';
  /** What set it; null for what the catalogue says. */
  readonly period: P | null;
}

/** Whether what is set for a scope is about a place. */
const isAbout = ({ scope, of }: Pick<SettingPeriod, 'scope' | 'of'>, place: SettingPlace): boolean =>
  scope === 'organisation' || place[scope] === of;

/** Values that hold at a place at a time of data (ms) in place of the defaults: the narrowest scope wins. */
export function valuesAt<P extends SettingPeriod>(
  periods: readonly P[],
  place: SettingPlace,
  at: number,
): ReadonlyMap<string, OriginValue<P>> {
  const out = new Map<string, OriginValue<P>>();
  for (const [setting, value] of Object.entries(typeDefaults[place.type] ?? {}))
    out.set(setting, { value, origin: 'type-default', period: null });
  for (const scope of settingScopes)
    for (const period of periods) {
      if (period.scope !== scope || !isAbout(period, place)) continue;
      if (period.from > at || (period.to !== null && at >= period.to)) continue;
      out.set(period.setting, { value: period.value, origin: scope, period });
    }
  return out;
}

/** Settings as they are edited, made once for each combination of values: many spreaders share them. */
export class EditedSettings {
  private readonly made = new Map<string, ConditionSettings>();

  constructor(private readonly defaults: ConditionSettings) {}

  /** The settings with these values. */
  with(values: ReadonlyMap<string, OriginValue>): ConditionSettings {
    if (values.size === 0) return this.defaults;
    const plain = new Map([...values].map(([id, { value }]) => [id, value] as const));
    const key = JSON.stringify([...plain].sort(([a], [b]) => (a < b ? -1 : 1)));
    let settings = this.made.get(key);
    if (!settings) {
      settings = applySettings(this.defaults, plain);
      // Bounded; the answer depends on the arguments only.
      if (this.made.size >= most) this.made.delete(this.made.keys().next().value ?? '');
      this.made.set(key, settings);
    }
    return settings;
  }
}

/** Most combinations that are remembered. */
const most = 500;

export { applySettings, same, settingValue, settingsProblem, valueProblem } from './apply-settings';
export { backTestSettings, indicatorsOf, modesReading, type PastCase, type PastInput } from './back-test-settings';
export { EditedSettings, valuesAt, type OriginValue, type SettingPeriod } from './effective-settings';
export { settingScopes, type SettingEntry, type SettingPlace, type SettingScope, type SettingValue } from './setting';
export {
  decideSettings,
  proposeSettings,
  revertOf,
  settingsEditOf,
  type SettingsEdit,
  type SettingsFact,
} from './setting-book';
export { settingEntries } from './setting-entries';
export { typeDefaults } from './type-defaults';

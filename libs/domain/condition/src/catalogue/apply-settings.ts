import type { ConditionSettings } from '../settings';
import type { SettingEntry, SettingValue } from './setting';
import { settingEntries } from './setting-entries';

/** The value of a setting in these settings. */
export function settingValue(settings: ConditionSettings, entry: SettingEntry): SettingValue {
  return entry.path.reduce<unknown>(
    (at, key) => (at as Record<string | number, unknown>)[key],
    settings,
  ) as SettingValue;
}

/**
 * Settings with other values in some places; everything else is the same object. The name of the model says that it was
 * edited and how: equal values give an equal name. Ids that are not in the catalogue (any more) have no effect.
 */
export function applySettings(
  settings: ConditionSettings,
  values: ReadonlyMap<string, SettingValue>,
): ConditionSettings {
  const entries = settingEntries(settings);
  let out = settings;
  const applied: string[] = [];
  for (const [id, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const entry = entries.get(id);
    if (!entry || same(settingValue(settings, entry), value)) continue;
    out = put(out, entry.path, value) as ConditionSettings;
    applied.push(`${id}=${JSON.stringify(value)}`);
  }
  return applied.length === 0 ? settings : { ...out, model: `${settings.model}+${fingerprint(applied.join('\n'))}` };
}

/** Why a value will not do for a setting, in a sentence; null when it will. */
export function valueProblem(entry: SettingEntry, value: SettingValue): string | null {
  const { kind, low, high, whole, choices, words } = entry;
  if (kind === 'number') {
    if (typeof value !== 'number' || !Number.isFinite(value)) return `${words}: a number is needed.`;
    if (whole && !Number.isInteger(value)) return `${words}: a whole number is needed.`;
    if ((low !== null && value < low) || (high !== null && value > high) || Math.abs(value) > 1e12)
      return `${words}: ${low ?? 'anything'} to ${high ?? 'anything'} is possible.`;
    return null;
  }
  if (kind === 'flag') return typeof value === 'boolean' ? null : `${words}: true or false is needed.`;
  if (kind === 'list')
    return Array.isArray(value) && value.every((one) => typeof one === 'string' && one.trim() !== '')
      ? null
      : `${words}: a list of texts is needed.`;
  if (typeof value !== 'string' || value.trim() === '') return `${words}: a text is needed.`;
  return choices === null || choices.includes(value) ? null : `${words}: one of ${choices.join(', ')}.`;
}

/** What does not fit together in settings, in a sentence; null when all does. Looks only at what these ids are about. */
export function settingsProblem(settings: ConditionSettings, ids: Iterable<string>): string | null {
  const about = [...ids];
  for (const track of settings.tracks) {
    if (!about.some((id) => id.startsWith(`limits/${track.id}/`) || id.startsWith(`indicators/${track.id}/`))) continue;
    if (track.plausible[0] >= track.plausible[1]) return `${track.words}: the lowest value must be below the highest.`;
    for (const limit of track.limits) {
      // The value itself on the lower side falls from step to step; deviations always rise.
      const sign = limit.measure === 'value' && limit.side === 'below' ? -1 : 1;
      if (sign * limit.watch > sign * limit.plan || sign * limit.plan > sign * limit.actNow)
        return `${track.words}: "watch", "plan" and "act now" must follow each other.`;
    }
  }
  for (const { id, leadHours, alternatives } of settings.failureModes) {
    if (!about.some((one) => one.startsWith(`failure-modes/${id}/`))) continue;
    if (leadHours[0] > leadHours[1]) return `${id}: the shortest warning is longer than the longest.`;
    const strange = alternatives.find((one) => one === id || !settings.failureModes.some((mode) => mode.id === one));
    if (strange !== undefined) return `${id}: ${strange} is no other failure mode of the catalogue.`;
  }
  const { bands, worstShare, minCompleteness } = settings.health;
  if (bands[0] < bands[1] || bands[1] < bands[2]) return 'The bands of health must follow each other.';
  if (worstShare > 1 || minCompleteness > 1) return 'A share is 1 at most.';
  if (settings.signs.hardLanding > settings.signs.severeLanding) return 'A severe landing is harder than a hard one.';
  const { coverage, doubt, refused } = settings.trend;
  if (coverage > 1 || doubt > 1 || refused > 1) return 'A share is 1 at most.';
  const { one, most } = settings.rules.confidence;
  if (one > 1 || most > 1 || settings.advice.unknownCause > 1) return 'A probability is 1 at most.';
  return null;
}

function put(at: unknown, [key, ...rest]: readonly (string | number)[], value: SettingValue): unknown {
  if (key === undefined) return value;
  const next = put((at as Record<string | number, unknown>)[key], rest, value);
  if (!Array.isArray(at)) return { ...(at as object), [key]: next };
  return at.map((one: unknown, i) => (i === key ? next : one));
}

/** True when two values of settings are the same. */
export const same = (a: SettingValue, b: SettingValue): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Two 32-bit FNV-1a hashes as text: tells edited models apart, guards nothing. */
function fingerprint(text: string): string {
  const hash = (start: number): string => {
    let value = start;
    for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
    return (value >>> 0).toString(16).padStart(8, '0');
  };
  return hash(0x811c9dc5) + hash(0x9747b28c);
}

import type { Answer } from '../api/request';

/** A setting of the catalogue as it holds somewhere. */
export type Setting = Answer<'listSettings'>['data'][number];

/** What a setting can be. */
export type SettingValue = Setting['value'];

/** A value as people read it. */
export function settingText(value: SettingValue | null, words: { yes: string; no: string; none: string }): string {
  if (value === null) return words.none;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  return Array.isArray(value) ? value.join('; ') : String(value);
}

/** A value as its field holds it: a list one a line. */
export const settingField = (value: SettingValue): string => (Array.isArray(value) ? value.join('\n') : String(value));

/** The value that a field says, of the kind of the setting; undefined when it says none. */
export function settingOf(kind: Setting['kind'], field: string): SettingValue | undefined {
  const text = field.trim();
  if (kind === 'flag') return text === 'true';
  if (kind === 'list') {
    const lines = text.split('\n').flatMap((line) => line.trim() || []);
    return lines.length > 0 ? lines : undefined;
  }
  if (text === '') return undefined;
  if (kind !== 'number') return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

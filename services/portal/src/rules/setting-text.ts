import type { Answer } from '../api/request';
import { unitText } from '../parts/quantity';

/** A setting of the catalogue as it holds somewhere. */
export type Setting = Answer<'listSettings'>['data'][number];

/** What a setting can be. */
export type SettingValue = Setting['value'];

/** A value as people read it; numbers with their unit (UCUM). */
export function settingText(
  value: SettingValue | null,
  unit: string,
  words: { yes: string; no: string; none: string },
): string {
  if (value === null) return words.none;
  if (typeof value === 'number') return amountText(value, unit);
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  return Array.isArray(value) ? value.join('; ') : String(value);
}

const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 10 });

const spans = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** A number with its unit, thousands grouped and no digit lost; from a minute up milliseconds are told in words too. */
export function amountText(value: number, ucum: string): string {
  const text = `${exact.format(value)} ${unitText(ucum)}`.trim();
  const [name, per] = spans.find(([, span]) => value >= span) ?? [];
  return ucum === 'ms' && name !== undefined && per !== undefined
    ? `${text} (${exact.format(Number((value / per).toFixed(1)))} ${name})`
    : text;
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

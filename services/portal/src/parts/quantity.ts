/** UCUM code → what people write. */
const unitNames: Readonly<Record<string, string>> = {
  '1': '',
  Cel: '°C',
  '[g]': 'g',
  'kW.h': 'kWh',
  '[ppm]': 'ppm',
  '%/d': '% a day',
  '/h': 'an hour',
  '/d': 'a day',
  '/1000': 'per 1,000',
};

/** What people write for a UCUM code; empty for a pure number. */
export const unitText = (ucum: string): string => unitNames[ucum] ?? ucum;

/** How numbers of one signal are written: divided by `per`, with the unit in `unit`. */
export interface Scale {
  readonly per: number;
  readonly unit: string;
}

/** The scale for numbers around `largest`: milliseconds from one second up are written in seconds. */
export const scaleFor = (ucum: string, largest: number): Scale =>
  ucum === 'ms' && Math.abs(largest) >= 1000 ? { per: 1000, unit: 's' } : { per: 1, unit: unitText(ucum) };

const formats = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat('en', { maximumFractionDigits: digits, useGrouping: true }),
);

/** A number with three significant digits at most behind the point, thousands grouped. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return formats[digits]?.format(value) ?? String(value);
}

/** Whole numbers with thousands grouped. */
export const countText = (value: number): string => formats[0]?.format(value) ?? String(value);

/** Hours with one digit behind the point. */
export const hoursText = (value: number): string => formats[1]?.format(value) ?? String(value);

/** A value with its unit, `2.31 s`. */
export function quantityText(value: number, ucum: string): string {
  const { per, unit } = scaleFor(ucum, value);
  return unit ? `${numberText(value / per)}\u00a0${unit}` : numberText(value);
}

/** Powers of ten that a number holds exactly. */
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * A number to so many significant digits (at most 15): what `Number(value.toPrecision(digits))` gives, in a sixth of its
 * time. A whole number by an exact power of ten is the double nearest to that decimal; near a tie the text decides.
 */
export function significant(value: number, digits: number): number {
  const size = Math.abs(value);
  const places = digits - 1 - Math.floor(Math.log10(size));
  // Also zero and what is not finite.
  if (!(places >= 0 && places < powers.length)) return Number(value.toPrecision(digits));
  const power = powers[places] as number;
  const scaled = size * power;
  const whole = Math.round(scaled);
  const near = Math.abs(scaled - whole) > 0.499 || scaled >= (powers[digits] as number) - 1;
  if (near || scaled < (powers[digits - 1] as number)) return Number(value.toPrecision(digits));
  return value < 0 ? -whole / power : whole / power;
}

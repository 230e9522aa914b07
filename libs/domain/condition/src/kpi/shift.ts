/** Begin of the shifts of a terminal in local hours, and their names. */
export const defaultShifts = [
  { name: 'early', from: 6 },
  { name: 'late', from: 14 },
  { name: 'night', from: 22 },
] as const;

/** The shift of a local hour 0..23; the last one goes over midnight. */
export function shiftAt(
  localHour: number,
  shifts: readonly { readonly name: string; readonly from: number }[],
): string {
  const before = shifts.filter(({ from }) => from <= localHour);
  return (before.at(-1) ?? shifts.at(-1))?.name ?? '';
}

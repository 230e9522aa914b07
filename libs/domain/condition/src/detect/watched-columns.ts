/** Signals that are worth watching together, and their scale. JSON-serialisable. */
export interface Columns {
  /** Columns of the row; the others drift or never move. */
  readonly columns: readonly number[];
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

/**
 * Picks the columns of rows (row × signal, oldest first) that move, and whose level did not move by more than `drift`
 * times their own noise from sample to sample while they were learned.
 */
export function columnsToWatch(rows: readonly (readonly number[])[], drift: number): Columns {
  const width = rows[0]?.length ?? 0;
  const columns: number[] = [];
  const mean: number[] = [];
  const spread: number[] = [];
  for (let j = 0; j < width; j++) {
    const values = rows.map((row) => row[j] as number);
    const center = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length;
    if (!(variance > 0) || drifts(values, drift)) continue;
    columns.push(j);
    mean.push(center);
    spread.push(Math.sqrt(variance));
  }
  return { columns, mean, spread };
}

/** Whether the medians of the four quarters lie farther apart than `limit` times the noise from sample to sample. */
function drifts(values: readonly number[], limit: number): boolean {
  if (!Number.isFinite(limit)) return false;
  const quarter = Math.floor(values.length / 4);
  const levels = [0, 1, 2, 3].map((q) => {
    const sorted = Float64Array.from(values.slice(q * quarter, (q + 1) * quarter)).sort();
    return sorted[sorted.length >> 1] as number;
  });
  let noise = 0;
  for (let i = 1; i < values.length; i++) noise += ((values[i] as number) - (values[i - 1] as number)) ** 2;
  noise = Math.sqrt(noise / (2 * values.length));
  return Math.max(...levels) - Math.min(...levels) > limit * noise;
}

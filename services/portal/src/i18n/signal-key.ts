/** The key of a signal's name in the texts, and its position: `tl[3].lockTime` → `tl_n_lockTime`, 3. */
export function signalKey(signal: string): { key: string; n?: number } {
  const position = /\[(\d+)\]/.exec(signal)?.[1];
  const key = signal.replace(/\[\d+\]/g, '_n').replaceAll('.', '_');
  return position === undefined ? { key } : { key, n: Number(position) };
}

import { ownTimeZone } from './format-time';

/**
 * The time zone of a list: that of the terminal, or of all terminals when they share one; a list over several zones
 * speaks the reader's own time. The zone is named on the page.
 */
export function listZone(
  terminals: readonly { readonly id: string; readonly time_zone: string }[],
  terminal: string | undefined,
  own = ownTimeZone(),
): string {
  const zones = new Set(
    terminals.filter(({ id }) => terminal === undefined || id === terminal).map(({ time_zone }) => time_zone),
  );
  const [only] = zones;
  return zones.size === 1 && only !== undefined ? only : own;
}

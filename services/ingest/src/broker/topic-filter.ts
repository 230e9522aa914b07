const plus = 0x2b;
const hash = 0x23;
const slash = 0x2f;
const dollar = 0x24;

/** Levels of a topic or filter: one more than its slashes. */
export function topicLevels(topic: string): number {
  let levels = 1;
  for (let i = 0; i < topic.length; i++) if (topic.charCodeAt(i) === slash) levels++;
  return levels;
}

/** True when `#` stands alone at the end and `+` alone in its level (MQTT-4.7.1-2, MQTT-4.7.1-3), in UTF-8 bytes. */
export function wildcardsInPlace(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte !== plus && byte !== hash) continue;
    if (i > start && bytes[i - 1] !== slash) return false;
    if (i + 1 < end && (byte === hash || bytes[i + 1] !== slash)) return false;
  }
  return true;
}

/** True when a topic name has a character that only filters may have (MQTT-4.7.1-1), in UTF-8 bytes. */
export function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === plus || bytes[i] === hash) return true;
  return false;
}

/**
 * True when a well-formed filter matches a topic name: `+` one level, `#` the rest with its parent, and no wildcard at the
 * start of a filter for names that begin with `$` (MQTT-4.7.2-1).
 */
export function matchesTopic(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const first = filter.charCodeAt(0);
  if (topic.charCodeAt(0) === dollar && (first === plus || first === hash)) return false;
  const want = filter.split('/');
  const have = topic.split('/');
  for (let i = 0; i < want.length; i++) {
    if (want[i] === '#') return true;
    if (i >= have.length || (want[i] !== '+' && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}

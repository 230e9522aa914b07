/** Prefixes of public ids; the prefix tells the kind of thing to a reader of a log or a URL. */
export const idPrefixes = {
  organisation: 'org',
  terminal: 'ter',
  crane: 'crn',
  spreader: 'spr',
  finding: 'fnd',
  alarm: 'alm',
  user: 'usr',
  session: 'ses',
  event: 'evt',
  webhook: 'whk',
  delivery: 'dlv',
  request: 'req',
  enrolment: 'enr',
  client: 'cli',
  export: 'exp',
  authority: 'cau',
  command: 'cmd',
  notice: 'ntc',
  role: 'rol',
  approval: 'apr',
  delegation: 'dgt',
  review: 'arv',
  firmware: 'fmw',
  rollout: 'rlt',
  stop: 'stp',
  rule: 'rul',
  group: 'grp',
  sandboxRun: 'sbr',
  incident: 'inc',
  settings: 'set',
} as const;

/** The kinds of thing that have a public id. */
export type IdKind = keyof typeof idPrefixes;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new public id: prefix, `_`, 9 characters of time (ms, sortable) and one character for each random byte
 * (Crockford base 32, 5 bits used of each). Pass at least 16 random bytes for an id that must not be guessed.
 */
export function makeId(kind: IdKind, at: number, random: Uint8Array): string {
  let time = '';
  for (let left = at, i = 0; i < 9; i++) {
    time = alphabet[left % 32] + time;
    left = Math.floor(left / 32);
  }
  let tail = '';
  for (const byte of random) tail += alphabet[byte & 31];
  return `${idPrefixes[kind]}_${time}${tail}`;
}

/**
 * A deterministic id from natural key parts: the same parts give the same id on every replay (law L3).
 * Parts are joined by `.`; characters other than letters, digits, `-` and `_` become `-`.
 */
export function keyId(kind: IdKind, ...parts: readonly (string | number)[]): string {
  return `${idPrefixes[kind]}_${parts.map((part) => String(part).replace(/[^A-Za-z0-9_-]/g, '-')).join('.')}`;
}

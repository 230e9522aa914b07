/**
 * JSON text of `value` in the form of RFC 8785 (JCS): members sorted by UTF-16 code units, no spaces, numbers and
 * strings as ECMAScript writes them; the same value always gives the same bytes. Members that are undefined are left
 * out. One thing differs: a lone surrogate, which RFC 8785 refuses, is written as its `\uXXXX` escape. `value` must
 * come from JSON; throws RangeError for a number that JSON does not have.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('JSON has no such number');
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

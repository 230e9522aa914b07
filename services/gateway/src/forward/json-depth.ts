/** Deepest nesting of arrays and objects in a body that is taken. */
export const deepest = 32;

const [quote, backslash] = [0x22, 0x5c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Whether JSON nests deeper than `most`; looks at brackets outside of strings only, in one pass, without parsing. Pure. */
export function isTooDeep(json: Uint8Array, most = deepest): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] as number;
    if (inString) {
      if (byte === backslash) i++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (opening.has(byte)) {
      if (++depth > most) return true;
    } else if (closing.has(byte)) depth--;
  }
  return false;
}

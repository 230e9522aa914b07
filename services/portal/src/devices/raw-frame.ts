/** Bytes of a base64 text. */
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');

/** Bytes as people read them: offset, 16 bytes in hex, the same as text (what is not printable ASCII as a dot). At most `most` bytes. */
export function hexDump(bytes: Uint8Array, most = 4096): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, most))];
    const codes = row.map((byte) => hex(byte, 2)).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${hex(at, 6)}  ${codes.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}

/** The frame as indented JSON; null when it is none. */
export function jsonOf(bytes: Uint8Array): string | null {
  try {
    return JSON.stringify(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), null, 2);
  } catch {
    return null;
  }
}

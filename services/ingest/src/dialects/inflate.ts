import { loadZstd, zstd } from '@quaywatch/runtime';
import { gunzipSync } from 'node:zlib';

/** A payload as it was before it was compressed, or why it cannot be had. */
export type Inflated =
  { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: string };

/** Most bytes of an inflated payload: a frame of 5,000 samples of a dozen signals stays below. */
export const inflatedLimit = 1_048_576;

let ready = false;

/** Loads what zstd needs; before it zstd payloads are not understood. */
export async function prepareInflate(): Promise<void> {
  await loadZstd();
  ready = true;
}

/**
 * Inflates gzip (RFC 1952) and zstd (RFC 8878), told by their magic numbers; anything else passes as it is. Never makes
 * more than `inflatedLimit` bytes: gzip stops there, and a zstd frame must say its size (the usual case) and is believed
 * only as far as its buffer goes.
 */
export function inflate(payload: Uint8Array): Inflated {
  if (payload[0] === 0x1f && payload[1] === 0x8b) {
    try {
      return { ok: true, bytes: gunzipSync(payload, { maxOutputLength: inflatedLimit }) };
    } catch (error) {
      const { code } = error as { code?: string };
      return refused(code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge : 'gzip that cannot be read');
    }
  }
  if (payload[0] !== 0x28 || payload[1] !== 0xb5 || payload[2] !== 0x2f || payload[3] !== 0xfd)
    return { ok: true, bytes: payload };
  if (!ready) return refused('zstd is not at hand');
  const size = zstdSize(payload);
  if (size === undefined) return refused('zstd without its size');
  if (size > inflatedLimit) return refused(tooLarge);
  try {
    const bytes = zstd.decompress(payload);
    return bytes.length === size ? { ok: true, bytes } : refused('zstd of another size than it says');
  } catch {
    return refused('zstd that cannot be read');
  }
}

const tooLarge = `more than ${inflatedLimit} bytes when inflated`;
const refused = (reason: string): Inflated => ({ ok: false, reason });

/** Frame_Content_Size of the first frame (RFC 8878, 3.1.1.1); undefined when it does not say or cannot be read. */
function zstdSize(payload: Uint8Array): number | undefined {
  const descriptor = payload[4];
  if (descriptor === undefined) return undefined;
  const single = (descriptor & 32) !== 0;
  const field = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const at = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number);
  if (field === 0 || payload.length < at + field) return undefined;
  let size = 0;
  for (let i = field - 1; i >= 0; i--) size = size * 256 + (payload[at + i] as number);
  return field === 2 ? size + 256 : size;
}

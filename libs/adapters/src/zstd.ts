import { compress, decompress, init } from '@bokuweb/zstd-wasm';

let ready: Promise<void> | undefined;

/**
 * Loads zstd (RFC 8878); to be awaited before `zstd` is used. The one place that does: loaded a second time in a process
 * the library mixes the memories of both and writes what nobody can read.
 */
export const loadZstd = (): Promise<void> => (ready ??= init());

/** Compresses at a level (1…22), and back; the latter throws on what is no zstd. */
export const zstd = {
  compress: (bytes: Uint8Array, level: number): Uint8Array => compress(bytes, level),
  decompress: (bytes: Uint8Array): Uint8Array => decompress(bytes),
};

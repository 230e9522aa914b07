import { compress, decompress, init } from '@bokuweb/zstd-wasm';

let ready: Promise<void> | undefined;

/** Has to be awaited once before the others are used. */
export const loadZstd = (): Promise<void> => (ready ??= init());

/** Parquet's codec ZSTD, as its writer and reader want it. */
export const zstdCodec = {
  write: { ZSTD: (input: Uint8Array): Uint8Array => compress(input, 9) },
  read: { ZSTD: (input: Uint8Array): Uint8Array => decompress(input) },
};

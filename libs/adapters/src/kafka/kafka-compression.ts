import { compress, decompress, init } from '@bokuweb/zstd-wasm';
import kafkajs from 'kafkajs';

/** Compressions that can be written; all batches of a topic may differ. */
export type KafkaCompression = 'none' | 'gzip' | 'zstd';

/** Number of each in Kafka's protocol. */
export const compressionTypes: Readonly<Record<KafkaCompression, number>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

const level = 1;
let ready: Promise<void> | undefined;

/** Teaches kafkajs zstd, which it leaves to its user; once for the process. Has to be awaited before the first batch. */
export function loadZstd(): Promise<void> {
  ready ??= init().then(() => {
    kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
      compress: async (encoder: { buffer: Buffer }) => Buffer.from(compress(encoder.buffer, level)),
      decompress: async (buffer: Buffer) => Buffer.from(decompress(buffer)),
    });
  });
  return ready;
}

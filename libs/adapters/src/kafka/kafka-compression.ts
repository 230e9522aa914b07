import kafkajs from 'kafkajs';
import { loadZstd, zstd } from '../zstd';

/** Compressions that can be written; all batches of a topic may differ. */
export type KafkaCompression = 'none' | 'gzip' | 'zstd';

/** Number of each in Kafka's protocol. */
export const compressionTypes: Readonly<Record<KafkaCompression, number>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

const level = 1;

/** Teaches kafkajs zstd, which it leaves to its user; once for the process. Has to be awaited before the first batch. */
export async function teachZstd(): Promise<void> {
  await loadZstd();
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: async (encoder: { buffer: Buffer }) => Buffer.from(zstd.compress(encoder.buffer, level)),
    decompress: async (buffer: Buffer) => Buffer.from(zstd.decompress(buffer)),
  });
}

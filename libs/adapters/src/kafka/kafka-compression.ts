import kafkajs from 'kafkajs';
import { loadZstd, zstd } from '../zstd';

/** Compressions that can be written; all batches of a topic may differ. */
export type KafkaCompression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** Number of each in Kafka's protocol. */
export const compressionTypes: Readonly<Record<KafkaCompression, number>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

const level = 1;

/** Teaches kafkajs zstd and lz4, which it leaves to its user; once for the process. Has to be awaited before the first batch. */
export async function teachKafkajs(): Promise<void> {
  await loadZstd();
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: async (encoder: { buffer: Buffer }) => Buffer.from(zstd.compress(encoder.buffer, level)),
    decompress: async (buffer: Buffer) => Buffer.from(zstd.decompress(buffer)),
  });
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
    compress: async (encoder: { buffer: Buffer }) => (await lz4()).compressSync(encoder.buffer),
    decompress: async (buffer: Buffer) => (await lz4()).decompressSync(buffer),
  });
}

/** The other client with zstd in it, which it has only where Node has. */
export async function platformatic(): Promise<typeof import('@platformatic/kafka')> {
  const [client] = await Promise.all([import('@platformatic/kafka'), loadZstd()]);
  const codec = client.compressionsAlgorithms.zstd as {
    -readonly [K in keyof typeof client.compressionsAlgorithms.zstd]: unknown;
  };
  codec.compressSync = (data: Buffer | { buffer: Buffer }) =>
    Buffer.from(zstd.compress(data instanceof Uint8Array ? data : data.buffer, level));
  codec.available = true;
  return client;
}

/** Loaded when the first such batch is there: the other client, whose lz4 this is, takes a while to load. */
const lz4 = async () => (await import('@platformatic/kafka')).compressionsAlgorithms.lz4;

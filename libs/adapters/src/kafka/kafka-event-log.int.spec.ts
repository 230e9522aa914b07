import { describe, it } from '@jest/globals';
import { eventLogContract } from '@quaywatch/ports/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchKafka, KafkaNotAvailable, startKafka } from '../../../../deploy/kafka/local/start-kafka.mjs';
import { kafkaEventLog } from './kafka-event-log';

const partitions = 4;
const missing = await fetchKafka().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof KafkaNotAvailable && !process.env['CI']) return error.message;
    throw error;
  },
);

if (missing) {
  describe('event log in Kafka', () => {
    it.skip(`is not tested here: ${missing}`, () => undefined);
  });
} else {
  eventLogContract('Kafka', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'quaywatch-kafka-'));
    const kafka = await startKafka({ dataDir });
    return {
      open: async () =>
        kafkaEventLog({ brokers: kafka.brokers, clientId: 'contract', partitions, appendTimeout: 5000 }),
      outage: async () => {
        await kafka.kill9();
        return () => kafka.restart();
      },
      close: async () => {
        await kafka.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  });
}

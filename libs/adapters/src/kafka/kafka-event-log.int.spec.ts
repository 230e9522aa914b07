import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topicNames, topics } from '@quaywatch/contracts';
import type { EventLog } from '@quaywatch/ports';
import { eventLogContract, factLogContract } from '@quaywatch/ports/testing';
import { testDatabase } from '@quaywatch/testing';
import kafkajs from 'kafkajs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fetchKafka,
  KafkaNotAvailable,
  startKafka,
  type LocalKafka,
} from '../../../../deploy/kafka/local/start-kafka.mjs';
import { relayedFactLog } from '../event-log/relayed-fact-log';
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
  describe('Apache Kafka', () => {
    let dataDir: string;
    let kafka: LocalKafka;
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'quaywatch-kafka-'));
      kafka = await startKafka({ dataDir });
    }, 120_000);
    afterAll(async () => {
      await kafka?.stop();
      await rm(dataDir, { recursive: true, force: true });
    }, 60_000);

    const open = (): EventLog =>
      kafkaEventLog({ brokers: kafka.brokers, clientId: 'contract', partitions, appendTimeout: 5000 });

    factLogContract('PostgreSQL store, log in Kafka', async () => relayedFactLog(await testDatabase(), open));

    eventLogContract('Kafka', async () => ({
      open: async () => open(),
      outage: async () => {
        await kafka.kill9();
        return () => kafka.restart();
      },
      close: async () => undefined,
    }));

    it('refuses another number of partitions than the topics have', async () => {
      const log = kafkaEventLog({ brokers: kafka.brokers, clientId: 'contract', partitions: partitions + 1 });
      await expect(log.endOffsets('audit')).rejects.toMatchObject({ code: 'LOG_PARTITIONS_CHANGED', retryable: false });
      await log.close();
    });

    it('keeps each topic for as long as the catalogue says', async () => {
      const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
      await admin.connect();
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: topicNames.map((name) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configNames: ['retention.ms'],
        })),
      });
      await admin.disconnect();
      const retention = resources.map((resource) => [resource.resourceName, resource.configEntries[0]?.configValue]);
      const expected = topicNames.map((name) => [name, String(topics[name].retentionDays * 86_400_000 || -1)]);
      expect(retention.sort()).toEqual(expected.sort());
    });
  });
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventLog } from '@quaywatch/ports';
import { eventLogContract, factLogContract } from '@quaywatch/ports/testing';
import { testDatabase } from '@quaywatch/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka, type LocalKafka } from '../../../../deploy/kafka/local/start-kafka.mjs';
import { relayedFactLog } from '../event-log/relayed-fact-log';
import { kafkaEventLog } from './kafka-event-log';
import type { KafkaSecurity } from './kafka-security';
import { PlatformaticWriter } from './platformatic-writer';

// Beside the tests of every run, which cover kafkajs: the same contracts with the other client.
const partitions = 4;

describe('Apache Kafka, written by @platformatic/kafka', () => {
  let dataDir: string;
  let kafka: LocalKafka;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quaywatch-kafka-'));
    kafka = await startKafka({ dataDir, secure: true });
  }, 120_000);
  afterAll(async () => {
    await kafka?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  const safe = (change: { password?: string; ca?: string } = {}) => {
    const { ca, username, password } = kafka.tls!;
    const sasl = { mechanism: 'scram-sha-512' as const, username, password: () => change.password ?? password };
    return { brokers: kafka.brokers, security: { ca: () => change.ca ?? ca, sasl } };
  };
  const open = (): EventLog =>
    kafkaEventLog({
      ...safe(),
      client: 'platformatic',
      clientId: 'contract',
      partitions,
      appendTimeout: 5000,
      compression: 'zstd',
    });

  factLogContract('PostgreSQL store, log in Kafka by @platformatic/kafka', async () =>
    relayedFactLog(await testDatabase(), open),
  );

  eventLogContract('Kafka over SASL_SSL, zstd, by @platformatic/kafka', async () => ({
    open: async () => open(),
    outage: async () => {
      await kafka.kill9();
      return () => kafka.restart();
    },
    close: async () => undefined,
  }));

  // By itself: in the log the topics are looked at by kafkajs first, which is refused before.
  it.each<[string, () => { brokers: readonly string[]; security?: KafkaSecurity }]>([
    ['a client without certificate', () => ({ brokers: kafka.mtlsBrokers!, security: { ca: () => kafka.tls!.ca } })],
    ['a wrong password', () => safe({ password: 'wrong' })],
    ['a client without TLS', () => ({ brokers: kafka.brokers })],
    ['a broker of another authority, by the client', () => safe({ ca: kafka.tls!.certificate })],
  ])('refuses %s', async (_, options) => {
    const writer = new PlatformaticWriter({ ...options(), clientId: 'refused', compression: 'none' });
    const failure = await writer.store(() => []).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: expect.stringMatching(/^LOG_(UNAVAILABLE|REFUSED)$/) });
    expect(String((failure as Error).message)).not.toContain('wrong');
    await writer.close();
  });
});

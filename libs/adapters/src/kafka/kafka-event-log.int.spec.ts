import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topicNames, topics } from '@quaywatch/contracts';
import type { EventLog } from '@quaywatch/ports';
import { eventLogContract, factLogContract, waitUntil } from '@quaywatch/ports/testing';
import { testDatabase } from '@quaywatch/testing';
import kafkajs from 'kafkajs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
  fetchKafka,
  KafkaNotAvailable,
  startKafka,
  type LocalKafka,
} from '../../../../deploy/kafka/local/start-kafka.mjs';
import { relayedFactLog } from '../event-log/relayed-fact-log';
import { kafkaEventLog } from './kafka-event-log';
import { secured, type KafkaSecurity } from './kafka-security';
import { leaveGroup } from './leave-group';

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
      kafka = await startKafka({ dataDir, secure: true });
    }, 120_000);
    afterAll(async () => {
      await kafka?.stop();
      await rm(dataDir, { recursive: true, force: true });
    }, 60_000);

    const open = (): EventLog =>
      kafkaEventLog({ ...safe(), clientId: 'contract', partitions, appendTimeout: 5000, compression: 'zstd' });
    /** SASL_SSL with SCRAM, as in production. */
    const safe = (
      change: { password?: string; ca?: string } = {},
    ): { brokers: readonly string[]; security: KafkaSecurity } => {
      const { ca, username, password } = kafka.tls!;
      const sasl = { mechanism: 'scram-sha-512' as const, username, password: () => change.password ?? password };
      return { brokers: kafka.brokers, security: { ca: () => change.ca ?? ca, sasl } };
    };

    factLogContract('PostgreSQL store, log in Kafka', async () => relayedFactLog(await testDatabase(), open));

    eventLogContract('Kafka over SASL_SSL, zstd', async () => ({
      open: async () => open(),
      outage: async () => {
        await kafka.kill9();
        return () => kafka.restart();
      },
      close: async () => undefined,
    }));

    const oneEvent = (n: number) => [
      { event: { id: `evt_${n}`, type: 'x', v: 1, source: 'ingest', org: 'org_1', key: 'k', time: 1, data: { n } } },
    ];

    const ways = (['kafkajs', 'platformatic'] as const).flatMap((client) =>
      (['none', 'gzip', 'lz4', 'zstd'] as const).map((compression) => [client, compression] as const),
    );
    it.each(ways)('writes by %s and reads over mutual TLS, compression %s', async (client, compression) => {
      const { ca, certificate, key } = kafka.tls!;
      const log = kafkaEventLog({
        brokers: kafka.mtlsBrokers!,
        security: { ca: () => ca, certificate: () => certificate, key: () => key },
        client,
        clientId: 'mtls',
        partitions,
        compression,
      });
      const from = await log.endOffsets('audit');
      await log.append('audit', oneEvent(7));
      const got: unknown[] = [];
      const reading = await log.subscribe({
        group: `mtls-${client}-${compression}`,
        topics: ['audit'],
        startAt: async (_topic, partition) => from[partition] ?? 0,
        onBatch: async ({ records }) => void got.push(...records.map((record) => record.event)),
      });
      await waitUntil('the event', () => got.length === 1);
      expect(got[0]).toMatchObject({ key: 'k', data: { n: 7 } });
      await reading.stop();
      await log.close();
    });

    const refused = [
      ['a client without certificate', () => ({ brokers: kafka.mtlsBrokers!, security: { ca: () => kafka.tls!.ca } })],
      ['a wrong password', () => safe({ password: 'wrong' })],
      ['a client without TLS', () => ({ brokers: kafka.brokers })],
      // The client's own certificate signed nothing: the broker's cannot be trusted by it.
      ['a broker of another authority, by the client', () => safe({ ca: kafka.tls!.certificate })],
    ] as const;
    it.each(refused)('refuses %s', async (_, options) => {
      const log = kafkaEventLog({ ...options(), clientId: 'refused', partitions, appendTimeout: 1500 });
      const failure = await log.append('audit', oneEvent(1)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: expect.stringMatching(/^LOG_(UNAVAILABLE|REFUSED)$/) });
      expect(String((failure as Error).message)).not.toContain('wrong');
      await log.close();
    });

    it.each(['kafkajs', 'platformatic'] as const)('takes a new password without a restart, %s', async (client) => {
      let password = 'wrong';
      const { ca, username, password: right } = kafka.tls!;
      const log = kafkaEventLog({
        brokers: kafka.brokers,
        security: { ca: () => ca, sasl: { mechanism: 'scram-sha-256', username, password: () => password } },
        client,
        clientId: 'rotating',
        partitions,
        appendTimeout: 1500,
      });
      await expect(log.append('audit', oneEvent(1))).rejects.toMatchObject({ name: 'Fault' });
      password = right;
      await waitUntil(
        'an append',
        () =>
          log.append('audit', oneEvent(2)).then(
            () => true,
            () => false,
          ),
        15_000,
      );
      await log.close();
    });

    it('takes a reader that broke down out of its group, which kafkajs does not', async () => {
      const sockets = new Set<Socket>();
      let cut = false;
      const client = new kafkajs.Kafka({
        brokers: [...kafka.brokers],
        clientId: 'breaks-down',
        logLevel: kafkajs.logLevel.NOTHING,
        requestTimeout: 5000,
        ...secured(safe().security),
        socketFactory: ({ host, port, ssl, onConnect }) => {
          const socket = connect({ host, port: cut ? 1 : port, ...ssl }, onConnect);
          sockets.add(socket);
          return socket;
        },
      });
      const [group, retry] = ['breaks-down', { retries: 5, initialRetryTime: 50, restartOnFailure: async () => false }];
      const consumer = client.consumer({ groupId: group, sessionTimeout: 60_000, heartbeatInterval: 500, retry });
      const member = new Promise<string>((resolve) =>
        consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => resolve(payload.memberId)),
      );
      let broken = false;
      consumer.on(consumer.events.CRASH, () => (broken = true));
      const log = kafkaEventLog({ ...safe(), clientId: 'contract', partitions });
      await log.endOffsets('audit');
      await consumer.connect();
      await consumer.subscribe({ topics: ['audit'] });
      await consumer.run({ eachMessage: async () => undefined });
      const gone = await member;
      cut = true;
      for (const socket of sockets) socket.destroy(new Error('cut off'));
      const watch = new kafkajs.Kafka({
        brokers: [...kafka.brokers],
        logLevel: kafkajs.logLevel.NOTHING,
        ...secured(safe().security),
      }).admin();
      await watch.connect();
      const members = async (): Promise<readonly string[]> =>
        (await watch.describeGroups([group])).groups[0]!.members.map(({ memberId }) => memberId);
      // What the broker believes for a minute more.
      expect(await members()).toEqual([gone]);
      await leaveGroup({ ...safe(), clientId: 'contract' }, group, gone);
      expect(await members()).toEqual([]);
      await waitUntil('its break-down', () => broken, 30_000);
      await watch.disconnect();
      await log.close();
    });

    it('refuses another number of partitions than the topics have', async () => {
      const log = kafkaEventLog({ ...safe(), clientId: 'contract', partitions: partitions + 1 });
      await expect(log.endOffsets('audit')).rejects.toMatchObject({ code: 'LOG_PARTITIONS_CHANGED', retryable: false });
      await log.close();
    });

    it('keeps each topic for as long as the catalogue says', async () => {
      const admin = new kafkajs.Kafka({
        brokers: [...kafka.brokers],
        logLevel: kafkajs.logLevel.NOTHING,
        ...secured(safe().security),
      }).admin();
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

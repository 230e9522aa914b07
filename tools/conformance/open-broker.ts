// The guard and the broker of ingest with open topic rights on a plain loopback port: for conformance, fuzzing and
// yardsticks only. No configuration of the product leads here: ingest knows mutual TLS and own topics, nothing else.
import { ingestConfig, limitsOf, MqttEngine, type BrokerLimits } from '@quaywatch/services/ingest';
import { makeLogger, type Logger } from '@quaywatch/runtime';
import { createServer, type AddressInfo } from 'node:net';

/** Filters that are refused with 0x80, so that a test can see it. */
export const refusedFilters = ['test/nosubscribe', 'nosubscribe'];

export interface OpenBroker {
  readonly port: number;
  readonly engine: MqttEngine;
  /** What was refused, by cause. */
  readonly refused: Map<string, number>;
  close(): Promise<void>;
}

/** Opens it; `publish` may hold acknowledgements back. */
export async function openBroker(
  options: {
    port?: number;
    limits?: Partial<BrokerLimits>;
    logger?: Logger;
    publish?: (payload: Uint8Array) => Promise<void>;
  } = {},
): Promise<OpenBroker> {
  const refused = new Map<string, number>();
  const { publish } = options;
  const limits: BrokerLimits = {
    ...limitsOf(ingestConfig.parse({ MQTT_MAX_TOPIC: 65_535, MQTT_MAX_TOPIC_LEVELS: 100, MQTT_MAX_FILTERS: 1000 })),
    // A client may show that it takes the longest ids.
    clientId: 65_535,
    connectBytes: 262_144,
    ...options.limits,
  };
  const engine = await MqttEngine.open(
    limits,
    {
      admit: () => Promise.resolve(undefined),
      publish: (_client, packet, done) => {
        if (packet.topic.startsWith('$SYS/')) return done(new Error('$SYS is the broker’s own'));
        if (!publish) return done();
        publish(packet.payload as Buffer).then(() => done(), done);
      },
      maySubscribe: (_client, filter) => !refusedFilters.includes(filter),
      refused: (_guard, _client, cause) => refused.set(cause, (refused.get(cause) ?? 0) + 1),
    },
    options.logger ?? makeLogger('open-broker', { level: 'error' }),
  );
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    engine.attach(socket);
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ host: '127.0.0.1', port: options.port ?? 0, backlog: 4096 }, done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    engine,
    refused,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      await engine.close();
      await closed;
    },
  };
}

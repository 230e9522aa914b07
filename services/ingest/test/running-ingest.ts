import 'reflect-metadata';
import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import type { Clock } from '@quaywatch/ports';
import { TestServices } from '@quaywatch/runtime/testing';
import type { IClientOptions, MqttClient } from 'mqtt';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import { connectOnce, makeRequest } from './test-device';

/** What a device needs to connect. */
export type DeviceCredentials = Pick<IClientOptions, 'clientId' | 'ca' | 'key' | 'cert'>;

/** ingest on the real log and store, with the devices that a test lets in. */
export class RunningIngest {
  private readonly clients: MqttClient[] = [];

  private constructor(readonly services: TestServices) {}

  static async start(environment: Record<string, string> = {}, clock?: Clock): Promise<RunningIngest> {
    return new RunningIngest(
      await TestServices.start([ingest as never], {
        environment: { MQTT_PORT: '0', MQTT_HOST: '127.0.0.1', ...environment },
        ...(clock ? { clock } : {}),
      }),
    );
  }

  /** A provider of ingest. */
  get<T>(type: new (...args: never[]) => T): T {
    return this.services.services.get('ingest')?.app.get(type) as T;
  }

  /** Enrols a device. */
  async enrolled(btu: string): Promise<DeviceCredentials> {
    const { key, csr } = await makeRequest(btu);
    const { body } = await this.services.call<{ certificate: string }>('enrolDevice', { body: { btu, csr } });
    return { clientId: btu, ca: this.get(IdentityHost).parts.authorities.anchors, key, cert: body.certificate };
  }

  /** Enrols a device and connects it. */
  async connected(btu: string, options: IClientOptions = {}): Promise<MqttClient> {
    return this.connect({ ...(await this.enrolled(btu)), ...options });
  }

  /** Connects a device. */
  async connect(options: IClientOptions, port = this.get(BrokerHost).port): Promise<MqttClient> {
    const client = await connectOnce(port, options);
    this.clients.push(client);
    return client;
  }

  /** Events of a topic from its start on, as they come, of those that `wanted` lets through. */
  async events(topic: Topic, wanted: (event: EventEnvelope) => boolean): Promise<EventEnvelope[]> {
    const found: EventEnvelope[] = [];
    await this.services.log.subscribe({
      group: `test-${Math.random().toString(36).slice(2)}`,
      topics: [topic],
      startAt: () => Promise.resolve(0),
      onBatch: (batch) => {
        for (const { event } of batch.records) if (wanted(event as EventEnvelope)) found.push(event as EventEnvelope);
        return Promise.resolve();
      },
    });
    return found;
  }

  /** Ends the connections of all devices, as after each test. */
  async hangUp(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.endAsync(true)));
  }

  async stop(): Promise<void> {
    await this.hangUp();
    await this.services.stop();
  }
}

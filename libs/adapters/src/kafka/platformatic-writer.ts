import type { Producer } from '@platformatic/kafka';
import type { QueuedEvent } from '../event-log/append-queue';
import { platformatic, type KafkaCompression } from './kafka-compression';
import { kafkaFault } from './kafka-fault';
import { headersOf } from './kafka-records';
import { platformaticSecurity, type KafkaSecurity } from './kafka-security';
import type { LogWriter } from './kafka-writer';

/** Where and how the other client writes. */
export interface PlatformaticWriterOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly compression: KafkaCompression;
  readonly security?: KafkaSecurity;
}

/**
 * Writes batches with @platformatic/kafka: the same promises as `KafkaWriter` for a third of the processor time (ADR 23).
 * `acks=all`, idempotent, one request at a time to a broker. After a batch has failed for good its producer is never
 * used again: what the broker has of it is not known, so its sequence numbers are not either.
 */
export class PlatformaticWriter implements LogWriter {
  private current: Promise<Connected> | undefined;

  constructor(private readonly options: PlatformaticWriterOptions) {}

  async store(take: () => readonly QueuedEvent[]): Promise<void> {
    const writer = await this.connected();
    const events = take();
    if (events.length === 0) return;
    writer.sending++;
    try {
      await writer.producer.send({ messages: events.map(messageOf) });
    } catch (error) {
      if (this.current === writer.self) this.current = undefined;
      writer.retired = true;
      throw kafkaFault(error);
    } finally {
      writer.sending--;
      if (writer.retired && writer.sending === 0) void writer.producer.close().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const writer = await this.current?.catch(() => undefined);
    this.current = undefined;
    await writer?.producer.close().catch(() => undefined);
  }

  private async connected(): Promise<Connected> {
    this.current ??= this.connect();
    const mine = this.current;
    try {
      const writer = await mine;
      writer.self = mine;
      return writer;
    } catch (error) {
      if (this.current === mine) this.current = undefined;
      throw kafkaFault(error);
    }
  }

  /** Resolves when a broker has given this producer its number: what cannot be reached yet is not taken from the queue. */
  private async connect(): Promise<Connected> {
    // Only who writes with this client pays for loading it.
    const { Producer } = await platformatic();
    const { brokers, clientId, compression, security } = this.options;
    const producer = new Producer<Buffer, Buffer, string, string>({
      clientId,
      bootstrapBrokers: [...brokers],
      idempotent: true,
      acks: -1,
      compression,
      autocreateTopics: false,
      timeout: 10_000,
      connectTimeout: 3000,
      requestTimeout: 15_000,
      retries: 5,
      retryDelay: (_client: unknown, _operation: unknown, attempt: number) => Math.min(1000, 100 * 2 ** (attempt - 1)),
      // Checking each record against its JSON schema costs as much as writing it.
      strict: false,
      serializers: { headerKey: bytesOf, headerValue: bytesOf },
      ...platformaticSecurity(security),
    });
    try {
      await producer.initIdempotentProducer({});
    } catch (error) {
      await producer.close().catch(() => undefined);
      throw error;
    }
    return { producer, sending: 0, retired: false, self: undefined };
  }
}

interface Connected {
  readonly producer: Producer<Buffer, Buffer, string, string>;
  sending: number;
  retired: boolean;
  self: Promise<Connected> | undefined;
}

const bytesOf = (text?: string): Buffer => Buffer.from(text ?? '');

const messageOf = (event: QueuedEvent) => ({
  topic: event.topic,
  partition: event.partition,
  key: Buffer.from(event.key),
  value: typeof event.json === 'string' ? Buffer.from(event.json) : event.json,
  headers: headersOf(event),
});

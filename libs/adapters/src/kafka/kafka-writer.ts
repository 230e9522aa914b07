import type { Topic } from '@quaywatch/contracts';
import type { Kafka, Message, Producer } from 'kafkajs';
import type { QueuedEvent } from '../event-log/append-queue';
import { compressionTypes, teachKafkajs, type KafkaCompression } from './kafka-compression';
import { kafkaFault } from './kafka-fault';
import { headersOf } from './kafka-records';

/** Writes batches of events for the append queue, which stores one batch of a topic at a time. */
export interface LogWriter {
  /** Stores what `take` gives, in order within each partition, durably. Throws what `kafkaFault` makes. */
  store(take: () => readonly QueuedEvent[]): Promise<void>;
  close(): Promise<void>;
}

interface Connected {
  readonly producer: Producer;
  sending: number;
  retired: boolean;
}

/**
 * Writes batches with `acks=all` and the idempotent producer, so that kafkajs's own retries store nothing twice.
 * After a batch has failed for good its producer is never used again: kafkajs would give the next batch the sequence
 * number of the failed one, and a broker that did store the failed one would take the next for its repetition,
 * acknowledge it and throw it away.
 */
export class KafkaWriter implements LogWriter {
  private current: Promise<Connected> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly compression: KafkaCompression,
  ) {}

  async store(take: () => readonly QueuedEvent[]): Promise<void> {
    const writer = await this.connected();
    const events = take();
    if (events.length === 0) return;
    writer.sending++;
    try {
      await writer.producer.sendBatch({
        acks: -1,
        timeout: 10_000,
        compression: compressionTypes[this.compression],
        topicMessages: byTopic(events),
      });
    } catch (error) {
      this.retire(writer);
      throw kafkaFault(error);
    } finally {
      writer.sending--;
      if (writer.retired && writer.sending === 0) void writer.producer.disconnect().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const writer = await this.current?.catch(() => undefined);
    this.current = undefined;
    await writer?.producer.disconnect().catch(() => undefined);
  }

  private retire(writer: Connected): void {
    if (writer.retired) return;
    writer.retired = true;
    this.current = undefined;
  }

  private async connected(): Promise<Connected> {
    this.current ??= this.connect();
    const mine = this.current;
    try {
      return await mine;
    } catch (error) {
      if (this.current === mine) this.current = undefined;
      throw kafkaFault(error);
    }
  }

  private async connect(): Promise<Connected> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition as number,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 },
    });
    try {
      await teachKafkajs();
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return { producer, sending: 0, retired: false };
  }
}

function byTopic(events: readonly QueuedEvent[]): { topic: Topic; messages: Message[] }[] {
  const messages = new Map<Topic, Message[]>();
  for (const event of events) {
    const list = messages.get(event.topic) ?? [];
    messages.set(event.topic, list);
    list.push({ partition: event.partition, key: event.key, value: event.json, headers: headersOf(event) });
  }
  return [...messages].map(([topic, list]) => ({ topic, messages: list }));
}

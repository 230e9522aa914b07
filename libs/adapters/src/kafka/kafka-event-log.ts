import type { Topic } from '@quaywatch/contracts';
import { describeError, Fault } from '@quaywatch/kernel';
import type { EventLog, LogEvent, Subscription, SubscriptionHandle } from '@quaywatch/ports';
import kafkajs, { type Kafka, type logCreator } from 'kafkajs';
import { AppendQueue } from '../event-log/append-queue';
import type { LogLogger } from '../event-log/log-logger';
import { KafkaAdmin } from './kafka-admin';
import type { KafkaCompression } from './kafka-compression';
import { secured, type KafkaSecurity } from './kafka-security';
import { KafkaSubscription } from './kafka-subscription';
import { KafkaWriter, type LogWriter } from './kafka-writer';
import { leaveGroup } from './leave-group';
import { PlatformaticWriter } from './platformatic-writer';

/** Options of the event log in Kafka. */
export interface KafkaEventLogOptions {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Which client writes; kafkajs reads in either case. Default `kafkajs`; ADR 23 has the figures. */
  readonly client?: 'kafkajs' | 'platformatic';
  /** Partitions of every topic; fixed when the topics are made. */
  readonly partitions: number;
  /** Of topics made by us; default 1. */
  readonly replicationFactor?: number;
  /** Of topics made by us; default 2 where there are three replicas, else 1. */
  readonly minInsyncReplicas?: number;
  /** Of what is written; any is read. Default `none`. */
  readonly compression?: KafkaCompression;
  /** How to reach the brokers safely; plain text without. */
  readonly security?: KafkaSecurity;
  readonly logger?: LogLogger;
  /** How long an append may wait for the brokers, ms; default 10 s. */
  readonly appendTimeout?: number;
}

/**
 * The event log in Kafka 4: one topic for each of the catalogue, made when missing. Connects at the first use.
 * Faults as `EventLog`, and `LOG_PARTITIONS_CHANGED`, `LOG_REFUSED`, which stay.
 */
export function kafkaEventLog(options: KafkaEventLogOptions): EventLog {
  return new KafkaEventLog(options);
}

class KafkaEventLog implements EventLog {
  readonly partitions: number;
  private readonly kafka: Kafka;
  private readonly admin: KafkaAdmin;
  private readonly writer: LogWriter;
  private readonly queue: AppendQueue;
  private readonly subscriptions = new Set<KafkaSubscription>();
  private closing: Promise<void> | undefined;

  constructor(private readonly options: KafkaEventLogOptions) {
    this.partitions = options.partitions;
    const replicationFactor = options.replicationFactor ?? 1;
    this.kafka = new kafkajs.Kafka({
      brokers: [...options.brokers],
      clientId: options.clientId,
      connectionTimeout: 3000,
      requestTimeout: 15_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 },
      logLevel: kafkajs.logLevel.WARN,
      logCreator: logTo(options.logger),
      ...secured(options.security),
    });
    this.admin = new KafkaAdmin(this.kafka, {
      partitions: options.partitions,
      replicationFactor,
      minInsyncReplicas: options.minInsyncReplicas ?? (replicationFactor >= 3 ? 2 : 1),
    });
    const compression = options.compression ?? 'none';
    this.writer =
      options.client === 'platformatic'
        ? new PlatformaticWriter({ ...options, compression })
        : new KafkaWriter(this.kafka, compression);
    this.queue = new AppendQueue({
      partitions: options.partitions,
      // A request carries all partitions of a topic: both clients send one at a time to a broker anyhow.
      lane: (topic) => topic,
      store: async (take) => {
        await this.admin.ensureTopics();
        await this.writer.store(take);
      },
      onFault: (fault) => options.logger?.warn({ reason: describeError(fault) }, 'append to the event log failed'),
      batchRecords: 5000,
      batchBytes: 900_000,
      timeout: options.appendTimeout ?? 10_000,
      waitingBytes: 256 * 1024 * 1024,
    });
  }

  append(topic: Topic, events: readonly LogEvent[]): Promise<void> {
    return this.queue.append(topic, events);
  }

  async subscribe(subscription: Subscription): Promise<SubscriptionHandle> {
    if (this.closing) throw new Fault('LOG_CLOSED', 'the event log is closed');
    const running = new KafkaSubscription(this.kafka, this.admin, subscription, (group, member) =>
      leaveGroup(this.options, group, member),
    );
    this.subscriptions.add(running);
    return {
      stop: async () => {
        await running.stop();
        this.subscriptions.delete(running);
      },
    };
  }

  async endOffsets(topic: Topic): Promise<readonly number[]> {
    return (await this.admin.ends(topic)).map(({ high }) => high);
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await this.queue.close();
    await Promise.all([this.writer.close(), this.admin.close()]);
  }
}

// kafkajs warns that bounded retries weaken the idempotent producer; `KafkaWriter` takes a new one instead.
const known = /Limiting retries for the idempotent producer/;

const logTo =
  (logger: LogLogger | undefined): logCreator =>
  () =>
  ({ namespace, log: { message, error } }) => {
    if (!logger || known.test(message)) return;
    logger.warn({ kafka: namespace, ...(error === undefined ? {} : { reason: String(error) }) }, message);
  };

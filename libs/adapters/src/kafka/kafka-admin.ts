import { topicNames, topics, type Topic } from '@quaywatch/contracts';
import { days, Fault } from '@quaywatch/kernel';
import type { Admin, Kafka } from 'kafkajs';
import { kafkaFault } from './kafka-fault';

/** First offset still there, and the one that the next record will get. */
export interface PartitionEnds {
  readonly low: number;
  readonly high: number;
}

/** How topics are made when they are missing. */
export interface TopicLayout {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** The topics of the catalogue in Kafka: makes them, and tells where they begin and end. Throws what `kafkaFault` makes. */
export class KafkaAdmin {
  private admin: Promise<Admin> | undefined;
  private ready: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly layout: TopicLayout,
  ) {}

  /** Makes missing topics once; throws Fault `LOG_PARTITIONS_CHANGED` when one has another number of partitions. */
  ensureTopics(): Promise<void> {
    this.ready ??= this.makeTopics().catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    return this.ready;
  }

  async ends(topic: Topic): Promise<readonly PartitionEnds[]> {
    await this.ensureTopics();
    const found = await this.with((admin) => admin.fetchTopicOffsets(topic));
    const ends = new Array<PartitionEnds>(this.layout.partitions).fill({ low: 0, high: 0 });
    for (const { partition, low, high } of found) ends[partition] = { low: Number(low), high: Number(high) };
    return ends;
  }

  async close(): Promise<void> {
    this.closed = true;
    const admin = await this.admin?.catch(() => undefined);
    this.admin = undefined;
    await admin?.disconnect().catch(() => undefined);
  }

  private async makeTopics(): Promise<void> {
    const { partitions, replicationFactor, minInsyncReplicas } = this.layout;
    const there = new Set(await this.with((admin) => admin.listTopics()));
    const missing = topicNames.filter((topic) => !there.has(topic));
    if (missing.length > 0) {
      // Answers false when another instance was faster.
      await this.with((admin) =>
        admin.createTopics({
          timeout: 15_000,
          topics: missing.map((topic) => ({
            topic,
            numPartitions: partitions,
            replicationFactor,
            configEntries: [
              {
                name: 'retention.ms',
                value: String(topics[topic].retentionDays > 0 ? days(topics[topic].retentionDays) : -1),
              },
              // The broker's clock, in the order of the records: what was known at a time can be told by it.
              { name: 'message.timestamp.type', value: 'LogAppendTime' },
              { name: 'cleanup.policy', value: 'delete' },
              { name: 'min.insync.replicas', value: String(minInsyncReplicas) },
              { name: 'max.message.bytes', value: String(2 * 1024 * 1024) },
            ],
          })),
        }),
      );
    }
    const metadata = await this.with((admin) => admin.fetchTopicMetadata({ topics: [...topicNames] }));
    for (const { name, partitions: found } of metadata.topics) {
      if (found.length === partitions) continue;
      const message = `topic ${name} has ${found.length} partitions, the configuration says ${partitions}`;
      throw new Fault('LOG_PARTITIONS_CHANGED', message);
    }
  }

  /** After any failure the connection is made anew; passing ones, as of a topic just made, are tried again for some seconds. */
  private async with<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1, pause = 50; ; attempt++, pause = Math.min(1000, pause * 2)) {
      this.admin ??= this.connect();
      const mine = this.admin;
      try {
        return await work(await mine);
      } catch (error) {
        if (this.admin === mine) this.admin = undefined;
        void mine.then((admin) => admin.disconnect()).catch(() => undefined);
        const fault = kafkaFault(error);
        if (!fault.retryable || attempt === 6 || this.closed) throw fault;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private async connect(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    return admin;
  }
}

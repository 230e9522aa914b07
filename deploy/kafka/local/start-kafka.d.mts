/** Version of Apache Kafka in pom.xml. */
export const kafkaVersion: string;

/** Why Kafka cannot be had on this machine; its message is one line for a person. */
export class KafkaNotAvailable extends Error {}

/** The folder with Kafka's jars; fetched with mvn when it is not in the cache. Throws KafkaNotAvailable. */
export function fetchKafka(options?: { print?: (line: string) => void }): Promise<string>;

/** A running broker. */
export interface LocalKafka {
  readonly brokers: readonly string[];
  readonly pid: number;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  restart(): Promise<void>;
}

/** Formats `dataDir` when it is new and runs a broker on it, on 127.0.0.1. Resolves when it answers. */
export function startKafka(options: {
  dataDir: string;
  port?: number;
  print?: (line: string) => void;
}): Promise<LocalKafka>;

/** Version of Apache Kafka in pom.xml. */
export const kafkaVersion: string;

/** Why Kafka cannot be had on this machine; its message is one line for a person. */
export class KafkaNotAvailable extends Error {}

/** The folder with Kafka's jars; fetched with mvn when it is not in the cache. Throws KafkaNotAvailable. */
export function fetchKafka(options?: { print?: (line: string) => void; tools?: boolean }): Promise<string>;

/** A broker that runs on this machine. */
export interface LocalKafka {
  /** `host:port`, plain text, or SASL_SSL when started with `secure`. */
  readonly brokers: readonly string[];
  /** With `secure`: `host:port` for mutual TLS. */
  readonly mtlsBrokers?: readonly string[];
  /** With `secure`: what clients need. */
  readonly tls?: {
    readonly folder: string;
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
    readonly username: string;
    readonly password: string;
  };
  /** Where it listens; clients are told `advertisedPort`. */
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  restart(): Promise<void>;
}

/** Formats `dataDir` when it is new and runs a broker on it, on 127.0.0.1. Resolves when it answers. */
export function startKafka(options: {
  dataDir: string;
  port?: number;
  /** The port that clients are told in place of its own: that of a link in between. Plain text only. */
  advertisedPort?: number;
  /** Clients must come by SASL_SSL (SCRAM) or mutual TLS. */
  secure?: boolean;
  print?: (line: string) => void;
}): Promise<LocalKafka>;

import type { LogRecord } from '@quaywatch/ports';
import type { KafkaMessage } from 'kafkajs';
import type { QueuedEvent } from '../event-log/append-queue';

/** Names of the headers that carry an outbox mark. */
const outboxHeaders = { owner: 'outbox-owner', seq: 'outbox-seq' } as const;

/** The headers of an event to write: its outbox mark, if it has one. */
export const headersOf = ({ outbox }: QueuedEvent): Record<string, string> =>
  outbox ? { [outboxHeaders.owner]: outbox.owner, [outboxHeaders.seq]: String(outbox.seq) } : {};

/** A Kafka message as a record; a value that is no JSON becomes its text, which a reader will put aside. */
export function recordOf(message: KafkaMessage): LogRecord {
  const owner = headerText(message, outboxHeaders.owner);
  const seq = headerText(message, outboxHeaders.seq);
  return {
    offset: Number(message.offset),
    storedAt: Number(message.timestamp),
    event: parse(message.value?.toString('utf8') ?? 'null'),
    ...(owner !== undefined && seq !== undefined ? { outbox: { owner, seq: Number(seq) } } : {}),
  };
}

function headerText(message: KafkaMessage, name: string): string | undefined {
  const value = message.headers?.[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? undefined : first.toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

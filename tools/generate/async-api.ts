import { eventCatalogue, eventEnvelope, topics, type EventDefinition } from '@quaywatch/contracts';
import { dump } from 'js-yaml';
import { z } from 'zod';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-7' });
  return rest;
};
const channelId = (topic: string): string => topic.replaceAll('.', '-');
const messageId = (event: EventDefinition, v: number): string => `${event.type}.v${v}`;
const ref = (path: string): Json => ({ $ref: `#/${path}` });

/**
 * The event log as an AsyncAPI 3.0 document: a channel for each topic, a message for each version of each event, the
 * owner that sends it. Pure: the same catalogue gives the same document.
 */
export function asyncApi(): Json {
  const events = [...eventCatalogue.values()];
  const channels: Json = {};
  const operations: Json = {};
  const messages: Json = {};
  const schemas: Json = { envelope: schemaOf(eventEnvelope) };
  for (const event of events) {
    for (const [index, schema] of event.versions.entries()) {
      const v = index + 1;
      schemas[messageId(event, v)] = schemaOf(schema);
      messages[messageId(event, v)] = {
        name: event.type,
        title: `${event.type} v${v}`,
        summary: event.doc,
        contentType: 'application/json',
        payload: {
          allOf: [
            ref('components/schemas/envelope'),
            {
              type: 'object',
              properties: {
                type: { const: event.type },
                v: { const: v },
                data: ref(`components/schemas/${messageId(event, v)}`),
              },
            },
          ],
        },
        'x-grade': event.grade,
        ...(v < event.versions.length ? { 'x-upcast-to': messageId(event, v + 1) } : {}),
      };
    }
  }
  for (const [topic, { doc, owner, retentionDays }] of Object.entries(topics)) {
    const id = channelId(topic);
    const own = events.filter((event) => event.topic === topic);
    const names = own.flatMap((event) => event.versions.map((_, index) => messageId(event, index + 1)));
    channels[id] = {
      address: topic,
      description: doc,
      messages: Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)])),
      bindings: {
        kafka: {
          topic,
          topicConfiguration: {
            'cleanup.policy': ['delete'],
            'retention.ms': retentionDays === 0 ? -1 : retentionDays * 86_400_000,
          },
          bindingVersion: '0.5.0',
        },
      },
    };
    const latest = own.map((event) => ref(`channels/${id}/messages/${messageId(event, event.versions.length)}`));
    operations[`send-${id}`] = {
      action: 'send',
      channel: ref(`channels/${id}`),
      summary: `${owner === 'any' ? 'Every service' : owner} appends here; only the latest versions are written.`,
      messages: latest,
    };
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Quaywatch event log',
      version: '1.0.0',
      description:
        'Events in the log, keyed by `key`; the same on Kafka and PostgreSQL. Versions once published never change; readers upcast old ones and stop at one they do not know.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages, schemas },
  };
}

/** The document as YAML: docs/generated/asyncapi.yaml. */
export const asyncApiYaml = (): string => dump(asyncApi(), { noRefs: true, lineWidth: 120 });

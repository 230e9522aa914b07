import { describe, expect, it } from '@jest/globals';
import { eventCatalogue, topicNames } from '@quaywatch/contracts';
import { load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { asyncApi, asyncApiYaml } from './async-api';

type Json = Record<string, unknown>;
const document = asyncApi() as { channels: Json; operations: Json; components: { messages: Json; schemas: Json } };

function refsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsOf(inner)));
}

describe('AsyncAPI document', () => {
  it('has every topic and every version of every event, once, and nothing else', () => {
    expect(Object.values(document.channels).map((channel) => (channel as { address: string }).address)).toEqual(
      topicNames,
    );
    const versions = [...eventCatalogue.values()].flatMap((event) =>
      event.versions.map((_, index) => `${event.type}.v${index + 1}`),
    );
    expect(Object.keys(document.components.messages).sort()).toEqual(versions.sort());
    const used = Object.values(document.channels).flatMap((channel) =>
      Object.keys((channel as { messages: Json }).messages),
    );
    expect(used.sort()).toEqual(versions.sort());
  });

  it('has no reference that leads nowhere', () => {
    const refs = refsOf(document).filter((ref) => ref.startsWith('#/'));
    expect(refs.length).toBeGreaterThan(50);
    for (const ref of refs) {
      let at: unknown = document;
      for (const part of ref.slice(2).split('/')) at = (at as Json)[part.replaceAll('~1', '/')];
      expect({ ref, found: at !== undefined }).toEqual({ ref, found: true });
    }
  });

  it('is what docs/generated holds', () => {
    expect(load(readFileSync('docs/generated/asyncapi.yaml', 'utf8'))).toEqual(load(asyncApiYaml()));
  });
});

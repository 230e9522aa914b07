import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { schemaHash } from '../../../tools/generate/schema-lock';
import { eventCatalogue, readEvent } from './index';

const golden = fileURLToPath(new URL('../golden/', import.meta.url));
const lockFile = fileURLToPath(new URL('../schema.lock.json', import.meta.url));
const sampleName = (type: string, v: number): string => `${type}.v${v}.json`;

describe.each([...eventCatalogue.values()])('event $type', (definition) => {
  definition.versions.forEach((schema, index) => {
    const v = index + 1;

    it(`has a golden sample of v${v} that reads and upcasts to the latest version`, () => {
      const file = golden + sampleName(definition.type, v);
      expect(existsSync(file)).toBe(true);
      const data: unknown = JSON.parse(readFileSync(file, 'utf8'));
      expect(schema.safeParse(data).error?.issues ?? []).toEqual([]);
      const stored = {
        id: 'evt_golden',
        type: definition.type,
        v,
        source: 'golden',
        org: 'org_golden',
        key: 'golden',
        time: 0,
        data,
      };
      expect(readEvent(stored)).toMatchObject({ kind: 'event', event: { v: definition.versions.length } });
    });

    it(`v${v} is as it was published: a change needs a new version`, () => {
      const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as Record<string, string>;
      expect({ [`${definition.type}.v${v}`]: schemaHash(schema) }).toEqual({
        [`${definition.type}.v${v}`]: lock[`${definition.type}.v${v}`],
      });
    });
  });

  it('says in a sentence what it is', () => {
    expect(definition.doc).toMatch(/^[A-Z].{10,}\.$/);
  });
});

it('no golden sample without its event', () => {
  const expected = [...eventCatalogue.values()].flatMap((definition) =>
    definition.versions.map((_, index) => sampleName(definition.type, index + 1)),
  );
  expect(readdirSync(golden).sort()).toEqual(expected.sort());
});

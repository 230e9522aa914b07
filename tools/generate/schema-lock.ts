import { eventCatalogue } from '@quaywatch/contracts';
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Adds the hash of every version of every event that the lock does not have yet; never changes one that is there. */
export function lockSchemas(lock: Record<string, string>): Record<string, string> {
  const next = { ...lock };
  for (const definition of eventCatalogue.values()) {
    definition.versions.forEach((schema, index) => {
      next[`${definition.type}.v${index + 1}`] ??= schemaHash(schema);
    });
  }
  return Object.fromEntries(Object.entries(next).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** SHA-256 of a schema as JSON Schema; changes when what is accepted changes. */
export const schemaHash = (schema: z.ZodType): string =>
  createHash('sha256')
    .update(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })))
    .digest('hex');

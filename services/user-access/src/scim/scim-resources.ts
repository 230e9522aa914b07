import { toIso } from '@quaywatch/kernel';
import type { ApiAnswer, ApiCall } from '@quaywatch/runtime';
import { Refused } from '@quaywatch/runtime';
import { scimPatch, type ScimPatchOperation, type ScimResource } from 'scim-patch';
import { filter, parse } from 'scim2-parse-filter';
import type { z } from 'zod';

/** Where SCIM is served below the public address. */
export const scimPath = '/v1/scim/v2';

/** Names of the schemas and messages (RFC 7643, 8; RFC 7644, 3). */
export const scimNames = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

/** A person as SCIM shows them. */
export type ScimUser = ApiAnswer<'getScimUser'>;
/** A group as SCIM shows it. */
export type ScimGroup = ApiAnswer<'getScimGroup'>;

type ListQuery = ApiCall<'listScimUsers'>['query'];

/** Most resources of one answer (RFC 7644, 3.4.2.4: a server may give fewer than asked for). */
const most = 200;

/** The page of those that the filter takes. Refuses a filter that cannot be read. */
export function listed<T>(all: readonly T[], { filter: text, startIndex = 1, count = most }: ListQuery) {
  const from = Math.max(1, startIndex);
  const matching = text === undefined ? all : all.filter(predicate(text));
  const page = matching.slice(from - 1, from - 1 + Math.min(most, Math.max(0, count)));
  return {
    schemas: [scimNames.list],
    totalResults: matching.length,
    startIndex: from,
    itemsPerPage: page.length,
    Resources: page,
  };
}

/**
 * The resource after the operations of a PATCH, as the body of a PUT; the given one stays as it is. Refuses what cannot
 * be done, or would leave something that no PUT may say.
 */
export function patched<T>(
  resource: object,
  { Operations }: ApiCall<'patchScimUser'>['body'],
  body: z.ZodType<T> | undefined,
): T {
  let after: unknown;
  try {
    after = scimPatch(
      JSON.parse(JSON.stringify(resource)) as ScimResource,
      Operations as unknown as ScimPatchOperation[],
      {
        mutateDocument: true,
        treatMissingAsAdd: true,
      },
    );
  } catch (error) {
    throw new Refused('invalid', `The changes cannot be made: ${error instanceof Error ? error.message : 'not valid'}`);
  }
  const parsed = body?.safeParse(after);
  if (!parsed?.success) throw new Refused('invalid', 'The changes would leave something that is not valid.');
  return parsed.data;
}

/** `meta` of a resource. */
export const metaOf = (
  resourceType: 'User' | 'Group',
  location: string,
  row: { created_at: number | null; changed_at: number | null },
) => ({
  resourceType,
  ...(row.created_at === null ? {} : { created: toIso(row.created_at) }),
  ...(row.changed_at === null ? {} : { lastModified: toIso(row.changed_at) }),
  location,
});

function predicate(text: string): (resource: unknown) => boolean {
  try {
    return filter(parse(text));
  } catch {
    throw new Refused('invalid', 'The filter cannot be read.', [
      { pointer: '/filter', code: 'invalidFilter', detail: 'RFC 7644, 3.4.2.2' },
    ]);
  }
}

import { z } from 'zod';
import { defineRoute } from './define-route';

const text = z.string().max(512);
const meta = z.strictObject({
  resourceType: z.enum(['User', 'Group']),
  created: z.string().optional(),
  lastModified: z.string().optional(),
  location: z.string(),
});
const reference = z.strictObject({ value: z.string(), display: z.string().optional() });

/** A person as SCIM shows them (RFC 7643, 4.1); `userName` is their e-mail address: no other name is kept. */
const user = z.strictObject({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string().optional(),
  userName: z.string(),
  name: z.strictObject({ formatted: z.string() }),
  displayName: z.string(),
  emails: z.array(z.strictObject({ value: z.string(), type: z.string(), primary: z.boolean() })),
  active: z.boolean(),
  groups: z.array(reference),
  meta,
});

/** A group as SCIM shows it (RFC 7643, 4.2). */
const group = z.strictObject({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string().optional(),
  displayName: z.string(),
  members: z.array(reference).optional(),
  meta,
});

// What a provider sends beside the attributes kept here is not looked at (RFC 7644, 3.3).
const userBody = z.looseObject({
  userName: text,
  externalId: text.nullish(),
  displayName: text.nullish(),
  name: z.looseObject({ formatted: text.nullish(), givenName: text.nullish(), familyName: text.nullish() }).nullish(),
  // Some providers send truth values as text.
  active: z.union([z.boolean(), z.string()]).nullish(),
});
const groupBody = z.looseObject({
  displayName: text.min(1),
  externalId: text.nullish(),
  members: z
    .array(z.looseObject({ value: z.string() }))
    .max(10_000)
    .nullish(),
});
const patchBody = z.looseObject({
  Operations: z
    .array(z.looseObject({ op: z.string(), path: z.string().max(1000).optional(), value: z.unknown().optional() }))
    .min(1)
    .max(1000),
});

const listQuery = z.strictObject({
  filter: z.string().max(1000).optional(),
  startIndex: z.coerce.number().int().optional(),
  count: z.coerce.number().int().optional(),
  attributes: z.string().max(1000).optional(),
  excludedAttributes: z.string().max(1000).optional(),
});
const oneQuery = listQuery.pick({ attributes: true, excludedAttributes: true });
const listOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    schemas: z.array(z.string()),
    totalResults: z.int(),
    startIndex: z.int(),
    itemsPerPage: z.int(),
    Resources: z.array(item),
  });
const described = z.looseObject({ schemas: z.array(z.string()) });

const root = '/v1/scim/v2';
const read = { service: 'user-access', permission: 'access.read' } as const;
const write = { service: 'user-access', permission: 'access.write' } as const;

/** SCIM 2.0 (RFC 7643, RFC 7644): an identity provider keeps people and groups of an organisation level with its own. */
export const scimRoutes = {
  scimServiceProviderConfig: defineRoute({
    ...read,
    id: 'scimServiceProviderConfig',
    method: 'GET',
    path: `${root}/ServiceProviderConfig`,
    summary: 'SCIM: what of the protocol is served.',
    response: described,
  }),
  scimResourceTypes: defineRoute({
    ...read,
    id: 'scimResourceTypes',
    method: 'GET',
    path: `${root}/ResourceTypes`,
    summary: 'SCIM: kinds of resources.',
    response: listOf(described),
  }),
  scimSchemas: defineRoute({
    ...read,
    id: 'scimSchemas',
    method: 'GET',
    path: `${root}/Schemas`,
    summary: 'SCIM: attributes of the resources.',
    response: listOf(described),
  }),
  listScimUsers: defineRoute({
    ...read,
    id: 'listScimUsers',
    method: 'GET',
    path: `${root}/Users`,
    summary: 'SCIM: people, by filter (`userName eq "ada@example.com"`).',
    query: listQuery,
    response: listOf(user),
  }),
  createScimUser: defineRoute({
    ...write,
    id: 'createScimUser',
    method: 'POST',
    path: `${root}/Users`,
    summary: 'SCIM: a person who may sign in by the identity provider.',
    body: userBody,
    response: user,
    status: 201,
  }),
  getScimUser: defineRoute({
    ...read,
    id: 'getScimUser',
    method: 'GET',
    path: `${root}/Users/{id}`,
    summary: 'SCIM: one person.',
    query: oneQuery,
    response: user,
  }),
  replaceScimUser: defineRoute({
    ...write,
    id: 'replaceScimUser',
    method: 'PUT',
    path: `${root}/Users/{id}`,
    summary: 'SCIM: what a person is called, and whether they may sign in.',
    body: userBody,
    response: user,
  }),
  patchScimUser: defineRoute({
    ...write,
    id: 'patchScimUser',
    method: 'PATCH',
    path: `${root}/Users/{id}`,
    summary: 'SCIM: changes to a person.',
    body: patchBody,
    response: user,
  }),
  deleteScimUser: defineRoute({
    ...write,
    id: 'deleteScimUser',
    method: 'DELETE',
    path: `${root}/Users/{id}`,
    summary: 'SCIM: shuts a person out; every session and token ends.',
    response: z.strictObject({}),
    status: 204,
  }),
  listScimGroups: defineRoute({
    ...read,
    id: 'listScimGroups',
    method: 'GET',
    path: `${root}/Groups`,
    summary: 'SCIM: groups, by filter (`displayName eq "Crane engineers"`).',
    query: listQuery,
    response: listOf(group),
  }),
  createScimGroup: defineRoute({
    ...write,
    id: 'createScimGroup',
    method: 'POST',
    path: `${root}/Groups`,
    summary: 'SCIM: a group; the role that the operator maps to its name is its members’.',
    body: groupBody,
    response: group,
    status: 201,
  }),
  getScimGroup: defineRoute({
    ...read,
    id: 'getScimGroup',
    method: 'GET',
    path: `${root}/Groups/{id}`,
    summary: 'SCIM: one group.',
    query: oneQuery,
    response: group,
  }),
  replaceScimGroup: defineRoute({
    ...write,
    id: 'replaceScimGroup',
    method: 'PUT',
    path: `${root}/Groups/{id}`,
    summary: 'SCIM: name and members of a group.',
    body: groupBody,
    response: group,
  }),
  patchScimGroup: defineRoute({
    ...write,
    id: 'patchScimGroup',
    method: 'PATCH',
    path: `${root}/Groups/{id}`,
    summary: 'SCIM: changes to a group.',
    body: patchBody,
    response: group,
  }),
  deleteScimGroup: defineRoute({
    ...write,
    id: 'deleteScimGroup',
    method: 'DELETE',
    path: `${root}/Groups/{id}`,
    summary: 'SCIM: forgets a group; its role is taken from its members.',
    response: z.strictObject({}),
    status: 204,
  }),
};

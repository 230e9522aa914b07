import { scimNames, scimPath } from './scim-resources';

const unsupported = { supported: false };

/** What of SCIM is served (RFC 7643, 5). */
export const serviceProviderConfig = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  documentationUri: 'https://datatracker.ietf.org/doc/html/rfc7644',
  patch: { supported: true },
  bulk: { ...unsupported, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  changePassword: unsupported,
  sort: unsupported,
  etag: unsupported,
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'OAuth 2.0',
      description: 'A token of a program with the permission access.write (POST /v1/api-clients).',
      primary: true,
    },
  ],
};

const resourceType = (name: 'User' | 'Group', schema: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: name,
  name,
  endpoint: `/${name}s`,
  schema,
  meta: { resourceType: 'ResourceType', location: `${scimPath}/ResourceTypes/${name}` },
});

/** Kinds of resources (RFC 7643, 6). */
export const resourceTypes = [resourceType('User', scimNames.user), resourceType('Group', scimNames.group)];

const attribute = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});
const sub = (...names: string[]) => names.map((name) => attribute(name));
const described = ['urn:ietf:params:scim:schemas:core:2.0:Schema'];

/** The attributes that are kept (RFC 7643, 7). */
export const schemas = [
  {
    schemas: described,
    id: scimNames.user,
    name: 'User',
    description: 'A person',
    attributes: [
      attribute('userName', { required: true, uniqueness: 'server', description: 'The e-mail address.' }),
      attribute('externalId', { caseExact: true }),
      attribute('displayName'),
      attribute('name', { type: 'complex', subAttributes: sub('formatted', 'givenName', 'familyName') }),
      attribute('active', { type: 'boolean' }),
      attribute('emails', {
        ...{ type: 'complex', multiValued: true, mutability: 'readOnly' },
        subAttributes: [...sub('value', 'type'), attribute('primary', { type: 'boolean' })],
      }),
      attribute('groups', {
        ...{ type: 'complex', multiValued: true, mutability: 'readOnly', subAttributes: sub('value', 'display') },
      }),
    ],
  },
  {
    schemas: described,
    id: scimNames.group,
    name: 'Group',
    description: 'A group; the operator maps its name to a role',
    attributes: [
      attribute('displayName', { required: true, uniqueness: 'server' }),
      attribute('externalId', { caseExact: true }),
      attribute('members', { type: 'complex', multiValued: true, subAttributes: sub('value', 'display') }),
    ],
  },
];

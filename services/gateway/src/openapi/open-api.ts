import { httpSchemas, permissions, type RouteDefinition } from '@quaywatch/contracts';
import { z } from 'zod';

type Json = Record<string, unknown>;

/** Errors are problem documents; SCIM has its own form for what its service refuses (RFC 7644, 3.12). */
const problemOf =
  (route: RouteDefinition) =>
  (description: string): Json => ({
    description,
    content: {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      ...(isScim(route) ? { [scimType]: { schema: { $ref: '#/components/schemas/ScimError' } } } : {}),
    },
  });

const scimType = 'application/scim+json';
const isScim = ({ path }: RouteDefinition): boolean => path.startsWith('/v1/scim/');
const scimError: Json = {
  type: 'object',
  properties: {
    schemas: { type: 'array', items: { type: 'string' } },
    status: { type: 'string' },
    scimType: { type: 'string' },
    detail: { type: 'string' },
  },
  required: ['schemas', 'status', 'detail'],
};

/** The OpenAPI 3.1.1 document of these operations, generated from the contract. Pure: the same routes give the same document. */
export function openApi(routes: readonly RouteDefinition[], version = '1.0.0'): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Quaywatch API',
      version,
      description:
        'Condition monitoring for container-crane spreaders. Times are RFC 3339 in UTC, units UCUM. An unknown query parameter is an error. Errors are RFC 9457 problem documents.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-quaywatch',
          description:
            'Session of the portal. Every change also needs the header `X-CSRF: 1` and an Origin of our own.',
        },
        program: {
          type: 'oauth2',
          description:
            'A program registered by `POST /v1/api-clients`: client credentials with `client_secret_basic`, `private_key_jwt` or a client certificate (`tls_client_auth`, `self_signed_tls_client_auth`). Tokens live 10 minutes; changes need no further header.',
          flows: {
            clientCredentials: {
              tokenUrl: '/oidc/token',
              scopes: Object.fromEntries(permissions.map((permission) => [permission, permission])),
            },
          },
        },
      },
      schemas: {
        Problem: schema(httpSchemas.problem, 'output'),
        ...(routes.some(isScim) ? { ScimError: scimError } : {}),
      },
    },
    security: [{ session: [] }, { program: [] }],
    'x-permissions': [...permissions],
  };
}

function operation(route: RouteDefinition): Json {
  const { id, summary, permission, body } = route;
  const signedIn = permission !== 'public';
  const parameters = [...pathParameters(route.path), ...queryParameters(route), ...headerParameters(route)];
  return {
    operationId: id,
    summary,
    tags: [tagOf(route)],
    ...(route.deprecated ? { deprecated: true } : {}),
    ...(signedIn ? {} : { security: [] }),
    ...(permission && signedIn
      ? { description: `Needs the permission \`${permission}\`.`, 'x-permission': permission }
      : {}),
    ...(permission && signedIn ? { security: [{ session: [] }, { program: [permission] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schema(body, 'input') } } } }
      : {}),
    responses: responsesOf(route),
  };
}

function responsesOf(route: RouteDefinition): Json {
  const { permission, status = 200, body } = route;
  const signedIn = permission !== 'public';
  const problemAnswer = problemOf(route);
  return {
    [String(status)]: {
      description: 'Success.',
      ...(status === 204 ? {} : { content: answerContent(route) }),
    },
    '400': problemAnswer('The request does not fit the contract.'),
    ...(signedIn ? { '401': problemAnswer('Nobody is signed in.'), '403': problemAnswer('Not allowed.') } : {}),
    ...(route.files ? { '409': problemAnswer('Not ready.'), '410': problemAnswer('No longer there.') } : {}),
    ...(route.path.includes('{') || body || route.queryNames
      ? { '404': problemAnswer('There is no such thing, or you may not see it.') }
      : {}),
    ...(body
      ? { '409': problemAnswer('In conflict with the present state.'), '413': problemAnswer('More than 1 MiB.') }
      : {}),
    ...(route.path.includes('{') && !body && route.method !== 'GET'
      ? { '409': problemAnswer('In conflict with the present state.') }
      : {}),
    ...(body ? { '415': problemAnswer('Not JSON.') } : {}),
    ...(route.changes ? { '412': problemAnswer('Changed since the ETag in If-Match was read.') } : {}),
    ...(route.method === 'POST'
      ? {
          '409': problemAnswer('In conflict with the present state, or the first request with the key is under way.'),
          '422': problemAnswer('The Idempotency-Key was used for another request.'),
        }
      : {}),
    '429': problemAnswer('Too many requests; see Retry-After and the RateLimit fields.'),
    '503': problemAnswer('Not available right now; see Retry-After.'),
    '504': problemAnswer('No answer in time.'),
  };
}

const answerContent = (route: RouteDefinition): Json => ({
  ...(route.files
    ? Object.fromEntries(route.files.map((type) => [type, {}]))
    : { [mediaTypeOf(route)]: { schema: schema(route.response, 'output') } }),
  ...(route.xml ? { 'application/xml': { schema: { type: 'string' } } } : {}),
});

const mediaTypeOf = (route: RouteDefinition): string =>
  route.stream ? 'text/event-stream' : isScim(route) ? scimType : 'application/json';

const tagOf = (route: RouteDefinition): string => route.path.split('/')[2] ?? 'v1';

/** Headers that an operation takes: a key that makes a repetition safe, a version that must not have changed. */
function headerParameters(route: RouteDefinition): Json[] {
  const header = (name: string, description: string, schema: Json): Json => ({
    name,
    in: 'header',
    required: false,
    description,
    schema,
  });
  return [
    ...(route.method === 'POST'
      ? [
          header(
            'Idempotency-Key',
            'Repeat a request safely: within 24 h the same key gets the first answer, marked `Idempotency-Replayed: true`.',
            { type: 'string', pattern: '^[A-Za-z0-9._-]{16,255}$' },
          ),
        ]
      : []),
    ...(route.changes
      ? [
          header('If-Match', `Change it only if its ETag (of \`${route.changes}\`) is still this one.`, {
            type: 'string',
            pattern: '^"[A-Za-z0-9_-]{1,64}"$',
          }),
        ]
      : []),
  ];
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1 },
  }));

function queryParameters(route: RouteDefinition): Json[] {
  if (!route.query) return [];
  const { properties = {}, required = [] } = schema(route.query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }));
}

function schema(type: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(type, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  }) as Json;
  return json;
}

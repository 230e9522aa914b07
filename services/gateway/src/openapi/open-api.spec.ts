import { describe, expect, it } from '@jest/globals';
import { routes, type RouteDefinition } from '@quaywatch/contracts';
import { openApi } from './open-api';

type Operation = {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: unknown }[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
};

const all: readonly RouteDefinition[] = Object.values(routes);
const document = openApi(all) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};

describe('OpenAPI document', () => {
  it('has every operation of the contract, once, and nothing else', () => {
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((operation) => operation.operationId),
    );
    expect(ids.sort()).toEqual(all.map((route) => route.id).sort());
    expect(document.openapi).toBe('3.1.1');
  });

  it('says parameters, bodies and answers as the contract does', () => {
    for (const route of all) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      const query =
        operation?.parameters?.filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name) ?? [];
      expect(query.sort()).toEqual(Object.keys(route.query?.shape ?? {}).sort());
      const path =
        operation?.parameters
          ?.filter((parameter) => parameter.in === 'path')
          .map((parameter) => `{${parameter.name}}`) ?? [];
      for (const name of path) expect(route.path).toContain(name);
      expect(path).toHaveLength(route.path.split('{').length - 1);
      expect(operation?.requestBody !== undefined).toBe(route.body !== undefined);
      expect(Object.keys(operation?.responses ?? {})).toContain(String(route.status ?? 200));
    }
  });

  it('describes optional, defaulted and comma-separated parameters as they are sent', () => {
    const parameters = document.paths['/v1/spreaders']?.['get']?.parameters;
    expect(parameters).toContainEqual({ name: 'condition', in: 'query', required: false, schema: { type: 'string' } });
    expect(parameters?.find(({ name }) => name === 'limit')).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    });
    expect(
      document.paths['/v1/spreaders/{id}/series']?.['get']?.parameters?.find(({ name }) => name === 'from')?.required,
    ).toBe(true);
  });

  it('is plain JSON without dangling references', () => {
    const text = JSON.stringify(document);
    expect(JSON.parse(text)).toEqual(document);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
    expect(text).not.toContain('#/$defs/');
  });
});

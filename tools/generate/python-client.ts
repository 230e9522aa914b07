import type { RouteDefinition } from '@quaywatch/contracts';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

interface Property {
  readonly type?: string;
  readonly default?: unknown;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const pythonType = ({ type }: Property): string =>
  ({ string: 'str', integer: 'int', number: 'float', boolean: 'bool' })[type ?? ''] ?? 'Any';
const reserved = new Set(['from', 'to', 'id', 'type', 'class', 'import', 'global']);
/** A name that Python lets stand as an argument. */
const argument = (name: string): string => (reserved.has(name) ? `${name}_` : name);

function method(route: RouteDefinition): string {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const { properties = {}, required = [] } = (
    route.query ? z.toJSONSchema(route.query, { io: 'input', unrepresentable: 'any' }) : {}
  ) as { properties?: Record<string, Property>; required?: string[] };
  const query = Object.entries(properties);
  const must = query.filter(([name]) => required.includes(name));
  const may = query.filter(([name]) => !required.includes(name));
  const unsafe = route.method === 'POST';
  const named = [
    ...must.map(([name, property]) => `${argument(name)}: ${pythonType(property)}`),
    ...may.map(([name, property]) => `${argument(name)}: Optional[${pythonType(property)}] = None`),
    ...(unsafe ? ['idempotency_key: Optional[str] = None'] : []),
    ...(route.changes ? ['if_match: Optional[str] = None'] : []),
  ];
  const positional = [
    'self',
    ...path.map((name) => `${argument(name)}: str`),
    ...(route.body ? ['body: Mapping[str, Any]'] : []),
  ];
  const target = path.reduce((text, name) => text.replace(`{${name}}`, `{_part(${argument(name)})}`), route.path);
  const call = [
    `"${route.method}"`,
    `f"${target}"`,
    ...(query.length > 0 ? [`query={${query.map(([name]) => `"${name}": ${argument(name)}`).join(', ')}}`] : []),
    ...(route.body ? ['body=body'] : []),
    ...(unsafe ? ['idempotency_key=idempotency_key'] : []),
    ...(route.changes ? ['if_match=if_match'] : []),
    ...(route.files ? ['raw=True'] : []),
  ];
  return [
    `    def ${snake(route.id)}(${[...positional, ...(named.length > 0 ? ['*', ...named] : [])].join(', ')}) -> ${route.files ? 'bytes' : 'Any'}:`,
    `        """${route.summary.replaceAll('"', "'")}"""`,
    `        return self._call(${call.join(', ')})`,
  ].join('\n');
}

/** The part written by hand; `npm run generate` runs at the root of the project. */
const head = 'tools/generate/python-client-head.py';

/** The Python client: the part written by hand and a method for each operation of the contract. Standard library only. */
export const pythonClient = (routes: readonly RouteDefinition[]): string =>
  `${readFileSync(head, 'utf8').trimEnd()}\n\n${routes
    .filter((route) => !route.stream)
    .map(method)
    .join('\n\n')}\n`;

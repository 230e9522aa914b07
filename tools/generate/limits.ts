import {
  burstChunk,
  commandAcknowledgement,
  deviceStatus,
  firmwareManifest,
  nativeFrame,
  signedManifest,
} from '@quaywatch/contracts';
import { dialects, ingestConfig } from '@quaywatch/services/ingest';
import { z } from 'zod';

interface Node {
  readonly [key: string]: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly additionalProperties?: Node | boolean;
}

/** Bounds of JSON schema and what they bound; the largest whole number is no bound that anybody set. */
const bounds: Readonly<Record<string, string>> = {
  maxLength: 'characters at most',
  maxItems: 'items at most',
  minItems: 'items at least',
  minimum: 'at least',
  maximum: 'at most',
};

const schemaOf = (schema: z.ZodType): Node => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;

/** Every bound in a schema, by the path of what it bounds. */
function boundsOf(node: Node, path: string): string[][] {
  const own = Object.entries(bounds).flatMap(([key, words]) => {
    const value = node[key];
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER
      ? [`${value.toLocaleString('en')} ${words}`]
      : [];
  });
  const below = [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
      boundsOf(child, path ? `${path}.${name}` : name),
    ),
    ...(node.items ? boundsOf(node.items, `${path}[]`) : []),
    ...(typeof node.additionalProperties === 'object' ? boundsOf(node.additionalProperties, `${path}.*`) : []),
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((child) => boundsOf(child, path)),
  ];
  return own.length > 0 ? [[path, own.join(', ')], ...below] : below;
}

const unique = (rows: readonly string[][]): string[][] => [
  ...new Map(rows.map((row) => [row.join('\0'), row])).values(),
];

/** Limits that can be set: numbers of the configuration with their own bounds. */
export function settableLimits(): string[][] {
  return Object.entries(schemaOf(ingestConfig).properties ?? {}).flatMap(([name, node]) => {
    const number = typeof node.default === 'number';
    const wide = (value: number | undefined): string =>
      value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? '' : value.toLocaleString('en');
    if (!number || name.endsWith('PORT')) return [];
    const least = wide(node.minimum ?? node.exclusiveMinimum);
    return [
      [`\`${name}\``, (node.default as number).toLocaleString('en'), least, wide(node.maximum), node.description ?? ''],
    ];
  });
}

const messages: Readonly<Record<string, z.ZodType>> = {
  'native frame': nativeFrame,
  'burst chunk': burstChunk,
  'device status': deviceStatus,
  'answer to a command': commandAcknowledgement,
  'firmware manifest': firmwareManifest,
  'signed manifest': signedManifest,
};

/** Limits of what a message may hold, from the contracts. */
export const contractLimits = (): string[][] =>
  unique(
    Object.entries(messages).flatMap(([name, schema]) =>
      boundsOf(schemaOf(schema), '').map(([path = '', bound = '']) => [name, `\`${path}\``, bound]),
    ),
  );

/** Limits of each dialect beside those of the contracts. */
export const dialectLimits = (): string[][] =>
  dialects.flatMap((dialect) =>
    Object.entries(dialect.limits).map(([what, most]) => [dialect.name, what, most.toLocaleString('en')]),
  );

// Writes docs/generated and the schema lock from the catalogues themselves; with --check only compares, exit 1 when stale.
import {
  eventCatalogue,
  failureModes,
  routes,
  signalCatalogue,
  topics,
  type EventDefinition,
} from '@quaywatch/contracts';
import { rolePermissions } from '@quaywatch/domain/access';
import { adapterConfig } from '@quaywatch/runtime';
import { openApiYaml } from '@quaywatch/services/gateway';
import { dialects } from '@quaywatch/services/ingest';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { definitions } from '../../services/platform/src/services';
import { asyncApiYaml } from './async-api';
import { lockSchemas } from './schema-lock';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n');
const page = (title: string, from: string, body: string): string =>
  `# ${title}\n\nGenerated from ${from} by \`npm run generate\`.\n\n${body}\n`;

const eventRows = [...eventCatalogue.values()].map((event: EventDefinition) => [
  `\`${event.type}\``,
  String(event.versions.length),
  `\`${event.topic}\``,
  event.owner,
  event.grade,
  event.doc,
]);

interface Property {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

function configRows(who: string, schema: z.ZodObject): string[][] {
  return Object.entries(
    (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}) as Record<string, Property>,
  ).map(([name, property]) => [
    `\`${name}\``,
    who,
    property.enum?.join(', ') ?? property.type ?? 'text',
    property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``,
    property.description ?? '',
  ]);
}

const lockFile = 'libs/contracts/schema.lock.json';
const lock = existsSync(lockFile) ? (JSON.parse(readFileSync(lockFile, 'utf8')) as Record<string, string>) : {};

const files: Record<string, string> = {
  [lockFile]: `${JSON.stringify(lockSchemas(lock), undefined, 2)}\n`,
  'docs/generated/topics.md': page(
    'Topics of the event log',
    '`libs/contracts/src/topics.ts`',
    table(
      ['topic', 'owner', 'kept (days)', 'what'],
      Object.entries(topics).map(([name, t]) => [
        `\`${name}\``,
        t.owner,
        t.retentionDays === 0 ? 'for ever' : String(t.retentionDays),
        t.doc,
      ]),
    ),
  ),
  'docs/generated/events.md': page(
    'Events',
    '`libs/contracts/src/events`',
    table(['event', 'v', 'topic', 'owner', 'grade', 'what'], eventRows),
  ),
  'docs/generated/signals.md': page(
    'Signals',
    '`libs/contracts/src/signals`',
    table(
      ['signal', 'what', 'kind', 'unit (UCUM)', 'rate', 'plausible', 'TIC 4.0'],
      [...signalCatalogue.values()].map((s) => [
        `\`${s.id}\``,
        s.doc,
        s.kind,
        s.unit,
        s.rate,
        s.plausible?.join(' … ') ?? '',
        s.tic40 ?? '',
      ]),
    ),
  ),
  'docs/generated/failure-modes.md': page(
    'Failure modes',
    '`libs/contracts/src/failure-modes`',
    table(
      ['id', 'component', 'what', 'symptoms', 'risk', 'actions', 'parts', 'hours'],
      [...failureModes.values()].map((f) => [
        f.id,
        `\`${f.component}\``,
        f.title,
        f.symptoms,
        f.risk,
        f.actions.join(' '),
        f.parts.join(', '),
        String(f.repairHours),
      ]),
    ),
  ),
  'docs/generated/api.md': page(
    'API operations',
    '`libs/contracts/src/http/routes.ts`',
    table(
      ['operation', 'path', 'permission', 'service', 'what'],
      Object.values(routes).map((r) => [
        `\`${r.id}\``,
        `\`${r.method} ${r.path}\``,
        String(r.permission ?? 'signed in'),
        r.service,
        r.summary,
      ]),
    ),
  ),
  'docs/generated/roles.md': page(
    'Roles and permissions',
    '`libs/domain/access/src/role-permissions.ts`',
    table(
      ['role', 'may'],
      Object.entries(rolePermissions).map(([role, may]) => [role, may.join(', ')]),
    ),
  ),
  'docs/generated/dialects.md': page(
    'Dialects of devices',
    '`services/ingest/src/dialects`',
    table(
      ['dialect', 'topics'],
      dialects.map((dialect) => [dialect.name, `\`${dialect.topics}\``]),
    ),
  ),
  'docs/generated/configuration.md': page(
    'Configuration',
    'the zod object of each service (environment variables)',
    table(
      ['variable', 'who reads it', 'type', 'default', 'what'],
      [...configRows('every service', adapterConfig), ...definitions.flatMap((d) => configRows(d.name, d.config))],
    ),
  ),
  'docs/generated/openapi.yaml': openApiYaml(),
  'docs/generated/asyncapi.yaml': asyncApiYaml(),
};

let stale = 0;
for (const [file, text] of Object.entries(files)) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale++;
  if (process.argv.includes('--check')) process.stderr.write(`${file} is stale: run npm run generate\n`);
  else {
    writeFileSync(file, text);
    process.stdout.write(`${file} written\n`);
  }
}
process.exitCode = process.argv.includes('--check') && stale > 0 ? 1 : 0;

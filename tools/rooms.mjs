// Who may import whom: the one table behind the import rules of eslint.config.mjs (ARCHITECTURE.md, import rules).
// `quaywatch`: own packages that a room may import. `npm`: packages, true = any. `node`: may use node: built-ins.

const nest = ['@nestjs/*', 'rxjs', 'reflect-metadata'];
const service = { quaywatch: ['kernel', 'contracts', 'domain/*', 'ports', 'runtime'], npm: true, node: true };

export const rooms = [
  { name: 'kernel', folder: 'libs/kernel', quaywatch: [], npm: [], node: false },
  { name: 'contracts', folder: 'libs/contracts', quaywatch: ['kernel'], npm: ['zod'], node: false },
  ...['telemetry', 'condition', 'alerts', 'access', 'fleet', 'audit', 'simulator', 'interchange'].map((lib) => ({
    name: `domain/${lib}`,
    folder: `libs/domain/${lib}`,
    quaywatch: ['kernel', 'contracts'],
    npm: [],
    node: false,
  })),
  // Contract suites and fakes stand beside the ports; only they use jest.
  { name: 'ports', folder: 'libs/ports', quaywatch: ['kernel', 'contracts'], npm: ['@jest/*'], node: false },
  {
    name: 'adapters',
    folder: 'libs/adapters',
    quaywatch: ['kernel', 'contracts', 'ports'],
    npm: [
      'pg',
      'typeorm',
      'kafkajs',
      '@platformatic/kafka',
      'minio',
      '@bokuweb/zstd-wasm',
      'hyparquet',
      'hyparquet-writer',
      'nodemailer',
    ],
    node: true,
  },
  {
    name: 'runtime',
    folder: 'libs/runtime',
    // testing: only for libs/runtime/src/testing.ts, the harness of service tests.
    quaywatch: ['kernel', 'contracts', 'ports', 'adapters', 'domain/access', 'testing'],
    npm: [...nest, 'pino', 'jose', 'zod', '@peculiar/x509'],
    node: true,
  },
  {
    name: 'testing',
    folder: 'libs/testing',
    quaywatch: ['kernel', 'contracts', 'ports'],
    npm: ['@jest/*', 'pg'],
    node: true,
  },
  ...['ingest', 'fleet', 'condition-analysis', 'alerting', 'audit-log', 'user-access', 'gateway', 'btu'].map(
    (name) => ({
      name: `services/${name}`,
      folder: `services/${name}`,
      ...service,
    }),
  ),
  {
    name: 'services/platform',
    folder: 'services/platform',
    quaywatch: ['kernel', 'contracts', 'ports', 'runtime', 'services/*'],
    npm: ['commander', 'zod'],
    node: true,
  },
  {
    name: 'services/portal',
    folder: 'services/portal',
    quaywatch: ['kernel', 'contracts'],
    npm: ['react', 'react-dom', '@mantine/hooks', '@tanstack/*', 'uplot', 'qr', 'i18next', 'react-i18next'],
    node: false,
  },
];

const escape = (text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]+');

/** `no-restricted-imports` options for a room: everything that is not allowed is refused, with the reason. */
export function importRule(room) {
  const own = room.quaywatch.map(escape).join('|') || '(?!)';
  const patterns = [
    {
      regex: `^@quaywatch/(?!(?:${own})(?:/testing)?$)`,
      message: `${room.name} may import only: ${room.quaywatch.join(', ') || 'nothing'} (tools/rooms.mjs).`,
    },
    { regex: '^\\.\\.?/.*/src(/|$)', message: 'Import another room by its package name, never by path.' },
  ];
  if (!room.node) patterns.push({ regex: '^node:', message: `${room.name} is free of Node: no node: imports.` });
  if (room.npm !== true) {
    const packages = room.npm.map(escape).join('|') || '(?!)';
    patterns.push({
      regex: `^(?!\\.|@quaywatch/|node:)(?!(?:${packages})(?:/|$))`,
      message: `${room.name} may use only these packages: ${room.npm.join(', ') || 'none'} (tools/rooms.mjs).`,
    });
  }
  return { patterns };
}

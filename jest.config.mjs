// One configuration for every room. ESM: run through `npm test` or `node --experimental-vm-modules node_modules/jest/bin/jest.js`.
const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true, tsx: false },
    transform: { legacyDecorator: true, decoratorMetadata: false },
    target: 'es2022',
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

export default {
  testEnvironment: 'node',
  // Before everything else: decorators' metadata must be there whatever a test loads first.
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/tools/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/tools/jest/global-teardown.mjs',
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/tools'],
  testMatch: ['**/*.spec.ts', '**/*.spec.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.e2e\\.spec\\.ts$'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '\\.tsx$': [
      '@swc/jest',
      {
        ...swc,
        jsc: {
          ...swc.jsc,
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
      },
    ],
    '\\.ts$': ['<rootDir>/tools/jest/ts-transform.cjs', swc],
    '\\.sql$': '<rootDir>/tools/jest/text-transform.cjs',
  },
  moduleNameMapper: {
    '^@quaywatch/(ports|runtime)/testing$': '<rootDir>/libs/$1/src/testing.ts',
    '^@quaywatch/domain/([a-z-]+)$': '<rootDir>/libs/domain/$1/src/index.ts',
    '^@quaywatch/services/([a-z-]+)$': '<rootDir>/services/$1/src/index.ts',
    '^@quaywatch/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json', 'sql', 'node'],
  testSequencer: '<rootDir>/tools/jest/longest-first.cjs',
  maxWorkers: 2,
  testTimeout: 60_000,
};

// End-to-end suites: whole platform, real browser. Run by tools/run-e2e.mjs.
import unit from './jest.config.mjs';

export default {
  ...unit,
  testMatch: ['**/*.e2e.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  maxWorkers: 1,
  testTimeout: 120_000,
};

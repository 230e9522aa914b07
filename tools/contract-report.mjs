// npm run test:contracts: runs every contract suite on every adapter and prints which passed where. What is not there on
// this machine (Kafka, an S3 server) is shown as skipped. Arguments go to jest, e.g. --maxWorkers 1.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quaywatch-contracts-'));
const rows = new Map();
let code = 0;
for (const [i, config] of [
  ['jest.config.mjs', 'libs/ports/src', 'libs/adapters/src'],
  ['jest.e2e.config.mjs', 'libs/adapters/src'],
].entries()) {
  const out = join(folder, `${i}.json`);
  const [file, ...paths] = config;
  const args = [
    '--config',
    file,
    '--json',
    `--outputFile=${out}`,
    '-t',
    'contract',
    ...process.argv.slice(2),
    ...paths,
  ];
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const run = spawnSync(process.execPath, [...jest, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  code ||= run.status ?? 1;
  for (const { assertionResults } of JSON.parse(readFileSync(out, 'utf8')).testResults)
    for (const { ancestorTitles, status } of assertionResults) {
      const title = ancestorTitles.find((text) => / contract: /.test(text));
      if (!title) continue;
      const row = rows.get(title) ?? { passed: 0, failed: 0, skipped: 0 };
      row[status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped']++;
      rows.set(title, row);
    }
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write('| contract | adapter | passed | failed | skipped |\n| --- | --- | --- | --- | --- |\n');
for (const [title, { passed, failed, skipped }] of [...rows].sort()) {
  const [contract, adapter] = title.split(' contract: ');
  process.stdout.write(`| ${contract} | ${adapter} | ${passed} | ${failed} | ${skipped} |\n`);
}
process.exit(code);

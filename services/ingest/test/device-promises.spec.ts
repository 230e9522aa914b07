import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

/** The list at the end of docs/devices.md: what the device side promises, and the tests that prove it. */
const promises = (readFileSync('docs/devices.md', 'utf8').split('## What proves it')[1] ?? '')
  .split('\n')
  .flatMap((line) => [...line.matchAll(/^- \*\*(.*)\*\*: (.*)$/g)].map(([, what, proofs]) => [what, proofs] as const));
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };

describe('promises of the device side', () => {
  it('are listed', () => {
    expect(promises.length).toBeGreaterThanOrEqual(25);
  });

  it.each(promises)('%s', (_, proofs = '') => {
    let [source, found]: [string | undefined, number] = [undefined, 0];
    for (const [, name, title] of proofs.matchAll(/`([^`]+)`|“([^”]+)”/g)) {
      if (name?.startsWith('npm run ')) expect(Object.keys(scripts)).toContain(name.slice(8));
      else if (name !== undefined) {
        const file = name.includes('/') ? name : `services/ingest/test/${name}.int.spec.ts`;
        expect([file, existsSync(file)]).toEqual([file, true]);
        source = readFileSync(file, 'utf8');
      } else {
        expect([title, source?.includes(title ?? '')]).toEqual([title, true]);
        found++;
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

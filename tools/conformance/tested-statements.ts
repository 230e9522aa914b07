import { readFileSync } from 'node:fs';

const folder = 'services/ingest/test/';
const files = ['mqtt-conformance.int.spec.ts', 'mqtt-statements.int.spec.ts', 'mqtt-limits.int.spec.ts', 'breaches.ts'];

/** Statements that are in the titles of tests (`[MQTT-3.1.0-1, 3.1.0-2] …`), with the titles. */
export function testedStatements(): ReadonlyMap<string, readonly string[]> {
  const tested = new Map<string, string[]>();
  for (const file of files) {
    for (const [, title = ''] of readFileSync(folder + file, 'utf8').matchAll(/(?:\(\s*|name: )'((?:[^'\\]|\\.)*)'/g)) {
      for (const [, numbers = ''] of title.matchAll(/\[MQTT-([^\]]*)\]/g))
        for (const [number] of numbers.matchAll(/\d+\.\d+\.\d+-\d+/g))
          tested.set(number, [...(tested.get(number) ?? []), title]);
    }
  }
  return tested;
}

import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Where Node finds a package from a folder; undefined when it is not there (another platform's, optional). */
function found(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(join(place, 'package.json'))) return place;
    if (folder === root.replace(/\/$/, '') || folder === dirname(folder)) return undefined;
  }
}

describe('bill of materials', () => {
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'tools/sbom.mjs')], { encoding: 'utf8' });
  const bill = JSON.parse(stdout) as {
    components: { name: string; version: string; hashes?: { content: string }[]; licenses?: unknown[] }[];
  };

  it('has every package that what is delivered needs, as it is installed', () => {
    expect(status).toBe(0);
    const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
    const seen = new Set<string>();
    const missing: string[] = [];
    const walk = (folder: string): void => {
      for (const name of Object.keys(manifest(folder).dependencies ?? {})) {
        const place = found(folder, name);
        if (place === undefined || seen.has(place)) continue;
        seen.add(place);
        const { version } = manifest(place);
        if (!listed.has(`${name}@${version}`)) missing.push(`${name}@${version}`);
        walk(place);
      }
    };
    walk(root.replace(/\/$/, ''));
    expect(seen.size).toBeGreaterThan(250);
    expect(missing).toEqual([]);
  });

  it('has a digest and a licence for each, and none that is only for development', () => {
    expect(bill.components.filter(({ hashes }) => !/^[0-9a-f]{128}$/.test(hashes?.[0]?.content ?? ''))).toEqual([]);
    // These say MIT in a form that npm does not read any more.
    const silent = ['busboy', 'passport-strategy', 'pause', 'streamsearch'];
    expect(bill.components.filter(({ licenses }) => !licenses).map(({ name }) => name)).toEqual(silent);
    expect(bill.components.map(({ name }) => name)).not.toContain('jest');
  });

  it('comes with each image', () => {
    const image = readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8');
    expect(image).toContain('node tools/sbom.mjs > sbom.cdx.json');
    expect(image).toContain('COPY --from=build /build/sbom.cdx.json ./');
  });
});

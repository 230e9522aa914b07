// The bill of materials of what is delivered: CycloneDX 1.6 on standard output, from package-lock.json alone and the same
// each time. `npm sbom --omit dev` leaves out packages that development needs as well (npm 10, seen with 58 of 381).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** The document for a lock file's text. */
export function billOfMaterials(lock) {
  const { name, version, packages } = JSON.parse(lock);
  const components = new Map();
  for (const [place, entry] of Object.entries(packages)) {
    if (place === '' || entry.dev || entry.link) continue;
    const own = entry.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    // Of a scope, the @ alone is escaped.
    const purl = `pkg:npm/${own.replace('@', '%40')}@${entry.version}`;
    const [, algorithm, digest] = /^(sha\d+)-(.+)$/.exec(entry.integrity ?? '') ?? [];
    components.set(purl, {
      type: 'library',
      'bom-ref': purl,
      name: own,
      version: entry.version,
      scope: entry.optional ? 'optional' : 'required',
      ...(digest
        ? {
            hashes: [{ alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }],
          }
        : {}),
      ...(entry.license ? { licenses: [{ expression: entry.license }] } : {}),
      purl,
    });
  }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': name, name, version } },
    components: [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = readFileSync(new URL('package-lock.json', root), 'utf8');
  process.stdout.write(`${JSON.stringify(billOfMaterials(lock), null, 1)}\n`);
}

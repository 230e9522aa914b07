import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '@quaywatch/kernel';
import { checkSecretName, type SecretStore } from '@quaywatch/ports';
import { createFile, makeFolder, replaceFile } from './replace-file';

/**
 * Secrets as files of a folder, one each, named as the secret. With `writable` the folder and files are ours (0700,
 * 0600); without, they are mounted and `ensure` and `write` refuse with Fault `SECRET_MISSING`. A folder that cannot
 * be used is Fault `SECRETS_UNAVAILABLE` (retryable); no message holds a secret.
 */
export function fileSecretStore(
  dir: string,
  options: { readonly writable: boolean } = { writable: true },
): SecretStore {
  const root = resolve(dir);
  const pathOf = (name: string): string => join(root, checkSecretName(name));
  const refuseUnlessWritable = (name: string): void => {
    if (!options.writable)
      throw new Fault('SECRET_MISSING', `secret ${name} is not in ${root} and may not be made here: mount it`);
  };
  const read = (name: string): Promise<Uint8Array | undefined> =>
    guarded(root, async () => {
      try {
        return new Uint8Array(await readFile(pathOf(name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    });

  return {
    read,
    async ensure(name, generate) {
      for (;;) {
        const there = await read(name);
        if (there) return there;
        refuseUnlessWritable(name);
        const made = (await generate()).slice();
        const won = await guarded(root, async () => {
          await makeFolder(root);
          return createFile(pathOf(name), made, root);
        });
        if (won) return made;
      }
    },
    async write(name, value) {
      const path = pathOf(name);
      refuseUnlessWritable(name);
      const copy = value.slice();
      await guarded(root, async () => {
        await makeFolder(root);
        await replaceFile(path, copy, root);
      });
    },
  };
}

async function guarded<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new Fault('SECRETS_UNAVAILABLE', `the folder of secrets ${root} cannot be used (${code})`, {
      cause,
      retryable: true,
    });
  }
}

import { open, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '@quaywatch/kernel';
import { checkObjectKey, checkObjectPrefix, type ObjectInfo, type ObjectStore } from '@quaywatch/ports';
import { makeFolder, replaceFile } from './replace-file';

const temporaryName = '.incoming';
const day = 86_400_000;

/**
 * The ObjectStore in a folder: a key is a path below it. Throws Fault `OBJECT_KEY` for an unsafe key (or one that is
 * also a folder of other keys), `OBJECT_STORE_FULL` and `OBJECT_STORE_UNAVAILABLE` (both retryable).
 */
export function filesystemObjectStore(dir: string): ObjectStore {
  const root = resolve(dir);
  const temporary = join(root, temporaryName);
  const pathOf = (key: string): string => join(root, checkObjectKey(key));
  let prepared: Promise<void> | undefined;
  const prepare = (): Promise<void> => {
    prepared ??= makeFolder(temporary)
      .then(() => dropOld(temporary))
      .catch((cause: unknown) => {
        throw unusable(cause);
      });
    prepared.catch(() => (prepared = undefined));
    return prepared;
  };

  return {
    put: (key, bytes) =>
      guarded(key, async () => {
        const path = pathOf(key);
        const copy = bytes.slice();
        await prepare();
        for (let attempt = 1; ; attempt++) {
          try {
            await makeFolder(dirname(path));
            return await replaceFile(path, copy, temporary);
          } catch (error) {
            // `remove` of a neighbour may have taken the empty folder away in between.
            if (codeOf(error) !== 'ENOENT' || attempt === 5) throw error;
          }
        }
      }),

    get: (key) =>
      guarded(key, async () => {
        const path = pathOf(key);
        try {
          return new Uint8Array(await readFile(path));
        } catch (error) {
          if (isAbsent(error)) return undefined;
          throw error;
        }
      }),

    getRange: (key, from, to) =>
      guarded(key, async () => {
        const file = await open(pathOf(key)).catch((error: unknown) => {
          if (isAbsent(error)) return undefined;
          throw error;
        });
        if (!file) return undefined;
        try {
          const bytes = new Uint8Array(to - from);
          let read = 0;
          while (read < bytes.length) {
            const { bytesRead } = await file.read(bytes, read, bytes.length - read, from + read);
            if (bytesRead === 0) break;
            read += bytesRead;
          }
          return bytes.subarray(0, read);
        } catch (error) {
          if (isAbsent(error)) return undefined;
          throw error;
        } finally {
          await file.close();
        }
      }),

    list: (prefix) =>
      guarded(prefix, async () => {
        checkObjectPrefix(prefix);
        const found: ObjectInfo[] = [];
        await walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix, found);
        return found.sort((a, b) => (a.key < b.key ? -1 : 1));
      }),

    remove: (key) =>
      guarded(key, async () => {
        const path = pathOf(key);
        try {
          await rm(path);
        } catch (error) {
          if (isAbsent(error) || codeOf(error) === 'ERR_FS_EISDIR') return;
          throw error;
        }
        for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
          const empty = await rmdir(folder).then(
            () => true,
            () => false,
          );
          if (!empty) break;
        }
      }),

    close: () => Promise.resolve(),
  };
}

async function walk(root: string, folder: string, prefix: string, found: ObjectInfo[]): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  for (const entry of entries) {
    const key = folder + entry.name;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      const below = `${key}/`;
      if (below.startsWith(prefix) || prefix.startsWith(below)) await walk(root, below, prefix, found);
    } else if (key.startsWith(prefix)) {
      const stats = await stat(join(root, key)).catch(() => undefined);
      if (stats) found.push({ key, size: stats.size });
    }
  }
}

/** Removes what writers left that were killed. */
async function dropOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats && stats.mtimeMs < Date.now() - day) await rm(join(folder, name), { force: true });
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '');

async function guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const code = codeOf(cause) ?? '';
    if (['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(code)) {
      throw new Fault('OBJECT_KEY', `${key} is an object and cannot be a folder of objects too`, { cause });
    }
    throw unusable(cause);
  }
}

function unusable(cause: unknown): Fault {
  const code = codeOf(cause) ?? String(cause);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const message = full
    ? 'the disk of the object store is full'
    : `the folder of the object store cannot be used (${code})`;
  return new Fault(full ? 'OBJECT_STORE_FULL' : 'OBJECT_STORE_UNAVAILABLE', message, { cause, retryable: true });
}

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Puts `bytes` at `path` so that a reader sees the old or the new file, whole, also after a power failure: written to
 * `tempDir` (same file system), synced, moved into place, folder synced.
 */
export async function replaceFile(path: string, bytes: Uint8Array, tempDir: string): Promise<void> {
  await viaTemporary(bytes, tempDir, async (temporary) => {
    await rename(temporary, path);
    await syncFolder(dirname(path));
  });
}

/** As `replaceFile`, but only when there is no file yet; answers whether it was this call that made it. */
export async function createFile(path: string, bytes: Uint8Array, tempDir: string): Promise<boolean> {
  return viaTemporary(bytes, tempDir, async (temporary) => {
    try {
      await link(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    await syncFolder(dirname(path));
    return true;
  });
}

/**
 * Makes a folder with all above it (0700), and their entries durable. One by one: Node's own recursive mkdir never
 * ends where a file system answers ENOENT below a folder that is there, as /proc does.
 */
export async function makeFolder(folder: string, attempts = 5): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isFolder(folder))) return;
    // Not there any more: it was cleared away, being empty, between the two looks.
    const gone = code === 'EEXIST' && (await isGone(folder));
    if ((code !== 'ENOENT' && !gone) || attempts === 1) throw error;
    if (!(await isFolder(dirname(folder)))) await makeFolder(dirname(folder));
    return makeFolder(folder, attempts - 1);
  }
  await syncFolder(dirname(folder));
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

const isGone = (path: string): Promise<boolean> =>
  stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

async function viaTemporary<T>(
  bytes: Uint8Array,
  tempDir: string,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = join(tempDir, `.${randomBytes(9).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return await place(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

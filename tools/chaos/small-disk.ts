import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own that can be filled to the last byte and emptied again. */
export interface SmallDisk {
  readonly folder: string;
  fill(): void;
  free(): void;
  unmount(): Promise<void>;
}

/** Mounts `megabytes` of memory on `folder`; the reason in words where this process may not mount. */
export async function smallDisk(folder: string, megabytes: number): Promise<SmallDisk | string> {
  mkdirSync(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  } catch (error) {
    return `a small disk cannot be mounted here: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`;
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => {
      const file = openSync(ballast, 'w');
      try {
        for (const size of [1_000_000, 4096, 1]) {
          const piece = Buffer.alloc(size);
          for (;;) {
            try {
              if (writeSync(file, piece) < size) break;
            } catch (error) {
              if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
              break;
            }
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    unmount: async () => void (await run('umount', ['-l', folder])),
  };
}

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing; others may pass through them, not list them. Throws as `mkdir`.
 * One by one: Node's own recursive mkdir never ends where a file system answers ENOENT below a folder, as /proc does.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  if (folder !== dirname(folder)) makeFolders(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o711 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

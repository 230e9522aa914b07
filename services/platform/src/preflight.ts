import { Fault } from '@quaywatch/kernel';
import { makeFolders } from '@quaywatch/runtime';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

/** Makes the data folder and proves that it can be written. Fault `FOLDER_NOT_WRITABLE` says what to do. */
export async function prepareFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomBytes(4).toString('hex')}`);
  try {
    makeFolders(resolve(folder));
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new Fault(
      'FOLDER_NOT_WRITABLE',
      `the data folder ${folder} cannot be written: choose another with --data-dir DIR`,
      { cause: error },
    );
  }
}

/** Proves that a port can be listened on. Fault `PORT_IN_USE` names the option that chooses another. */
export function needPort(host: string, port: number, option: string): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `port ${port} is in use`
          : `port ${port} cannot be opened (${error.code ?? error.message})`;
      reject(new Fault('PORT_IN_USE', `${why}: stop what uses it, or choose another with ${option} PORT`));
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

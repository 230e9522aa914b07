import { randomBytes, randomFillSync } from 'node:crypto';
import type { Clock } from '@quaywatch/ports';

const longest = 2 ** 31 - 1;

/** The Clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, work) {
    let timer: NodeJS.Timeout;
    // Timers of Node end at 2^31 ms (25 days) and would fire at once beyond.
    const wait = (left: number): void => {
      timer = left > longest ? setTimeout(() => wait(left - longest), longest) : setTimeout(work, Math.max(0, left));
      timer.unref();
    };
    wait(delay);
    return () => clearTimeout(timer);
  },
  random: (bytes) => (bytes > pool.length ? new Uint8Array(randomBytes(bytes)) : fromPool(bytes)),
};

/** Random bytes in store, because each call of the generator costs as much for ten as for thousands; none is given twice. */
const pool = new Uint8Array(4096);
let used = pool.length;

function fromPool(bytes: number): Uint8Array {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const given = pool.slice(used, used + bytes);
  pool.fill(0, used, used + bytes);
  used += bytes;
  return given;
}

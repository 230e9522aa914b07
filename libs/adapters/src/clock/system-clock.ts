import { randomBytes } from 'node:crypto';
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
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
};

import { useSyncExternalStore } from 'react';

let offset = 0;

/** Takes over the server's clock from an answer's Date header, so that ages are right on a machine whose clock is not. */
export function learnServerTime(header: string | null): void {
  const server = header === null ? Number.NaN : Date.parse(header);
  // The header has whole seconds: smaller differences are noise.
  if (!Number.isNaN(server)) offset = Math.abs(server - Date.now()) < 2000 ? 0 : server - Date.now();
}

/** Now by the server's clock, ms UTC. */
export const serverNow = (): number => Date.now() + offset;

const listeners = new Set<() => void>();
let second = Math.floor(Date.now() / 1000);
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second = Math.floor(Date.now() / 1000);
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Now (ms UTC, server's clock), moving on every `period` seconds; one timer for the whole page. */
export function useNow(period = 1): number {
  const step = useSyncExternalStore(subscribe, () => Math.floor(second / period));
  return Math.max(step * period * 1000 + offset, serverNow() - period * 1000);
}

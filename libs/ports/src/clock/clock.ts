import type { Duration, Instant } from '@quaywatch/kernel';

/** The only source of time and of waiting in a service. */
export interface Clock {
  /** Wall clock, ms since 1970 UTC. */
  now(): Instant;
  /** Calls `work` after `delay` ms, once; the answer cancels it. Does not keep the process alive. */
  after(delay: Duration, work: () => void): () => void;
  /** Random bytes from a cryptographic source (a fake may be seeded). */
  random(bytes: number): Uint8Array;
}

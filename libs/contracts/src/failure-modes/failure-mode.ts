import type { z } from 'zod';
import type { riskClass } from '../condition';

/** A failure mode of the catalogue: what fails, how it shows, and what to do. Defaults; sites may change them. */
export interface FailureMode {
  /** `FM-01` … as in docs/generated/failure-modes.md. */
  readonly id: string;
  /** Component code; `n` stands for the position, e.g. `TL[n]`. */
  readonly component: string;
  readonly title: string;
  readonly symptoms: string;
  readonly risk: z.infer<typeof riskClass>;
  /** Typical warning before a stop, hours, shortest and longest. */
  readonly leadHours: readonly [number, number];
  readonly actions: readonly string[];
  readonly parts: readonly string[];
  readonly skills: readonly string[];
  /** Hours of work. */
  readonly repairHours: number;
  /** Which data prove the repair. */
  readonly verification: string;
  /** Failure modes that show in the same way and are the next to think of, the likeliest first. */
  readonly alternatives: readonly string[];
}

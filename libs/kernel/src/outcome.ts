/**
 * What became of a batch or a command, always with the reason.
 * `done`: effect stored. `skip`: rightly nothing to do. `retry`: a passing fault, deliver again.
 * `quarantine`: this input can never succeed; keep it aside with the reason and go on.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string }
  | { readonly kind: 'quarantine'; readonly reason: string };

/** The effect is stored. */
export const done: Outcome = { kind: 'done' };

/** Rightly nothing to do. */
export const skip = (reason: string): Outcome => ({ kind: 'skip', reason });

/** A passing fault: deliver the same input again. */
export const retry = (reason: string): Outcome => ({ kind: 'retry', reason });

/** The input can never succeed: keep it aside with this reason and go on. */
export const quarantine = (reason: string): Outcome => ({ kind: 'quarantine', reason });

/** A decision that may refuse: `ok` with a value, or a refusal with a machine code and a sentence for people. */
export type Decision<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: RefusalCode; readonly reason: string };

/** Why a decision was refused; the HTTP status of each is set in one place, `libs/runtime` http. */
export type RefusalCode =
  'invalid' | 'forbidden' | 'not_found' | 'conflict' | 'gone' | 'stale' | 'key_reused' | 'too_many';

/** An accepted decision. */
export const accept = <T>(value: T): Decision<T> => ({ ok: true, value });

/** A refused decision. */
export const refuse = (code: RefusalCode, reason: string): Decision<never> => ({ ok: false, code, reason });

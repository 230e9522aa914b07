import { describeError, Fault } from '@quaywatch/kernel';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

const lostConnection =
  /Connection terminated|connection error|timeout exceeded when trying to connect|not queryable|Cannot use a pool after/;

/** SQLSTATE or system code of a database error, through TypeORM's wrapping. */
export function codeOf(error: unknown): string | undefined {
  const inner = error instanceof QueryFailedError ? error.driverError : error;
  const code = (inner as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the database gave up this transaction for the sake of another: the same work may simply be done again. */
export const isSerialisationFailure = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'STORE_BUSY';

/**
 * The Fault for a database error, with the driver's error as cause: `STORE_UNAVAILABLE` (retryable: no connection, or
 * lost), `STORE_BUSY` (retryable: serialisation, deadlock, lock or time limit), `STORE_FULL` (retryable),
 * `STORE_CONSTRAINT`, `STORE_DENIED`, `STORE_QUERY`. Other errors are given back as they are.
 */
export function storeFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  if (error instanceof QueryRunnerAlreadyReleasedError) return unavailable(error);
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  const code = codeOf(error);
  const text = describeError(cause);
  if (code === undefined) return lostConnection.test(text) ? unavailable(cause) : error;
  if (/^(08|57P|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(code) || code === '53300')
    return unavailable(cause);
  if (/^(40001|40P01|55P03|57014)$/.test(code)) return new Fault('STORE_BUSY', text, { cause, retryable: true });
  if (/^53/.test(code)) return new Fault('STORE_FULL', text, { cause, retryable: true });
  if (/^23/.test(code)) return new Fault('STORE_CONSTRAINT', text, { cause });
  if (code === '42501' || code === '25006' || /^28/.test(code)) return new Fault('STORE_DENIED', text, { cause });
  return error instanceof QueryFailedError ? new Fault('STORE_QUERY', text, { cause }) : error;
}

const unavailable = (cause: unknown): Fault =>
  new Fault('STORE_UNAVAILABLE', `the database cannot be reached: ${describeError(cause)}`, { cause, retryable: true });

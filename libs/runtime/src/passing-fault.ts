import { Fault } from '@quaywatch/kernel';

// PostgreSQL classes 08 (connection), 53 (resources), 57 (operator) and serialisation failures heal by themselves.
const passingCodes = /^(08...|53...|57...|40001|40P01|55P03|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** True when the same work may succeed later without any change: it must be tried again, never put aside. */
export function isPassing(error: unknown): boolean {
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    if (e instanceof Fault) {
      if (e.retryable || e.code === 'STALE_INSTANCE' || e.code === 'FUTURE_EVENT') return true;
      continue;
    }
    const code = (e as { code?: unknown }).code;
    if (typeof code === 'string' && passingCodes.test(code)) return true;
    if (
      /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect/.test(
        e.message,
      )
    )
      return true;
  }
  return false;
}

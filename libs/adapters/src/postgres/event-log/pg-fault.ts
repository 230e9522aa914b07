import { Fault } from '@quaywatch/kernel';
import { unavailable } from '../../event-log/append-queue';

// What will not go away by itself: permission, missing tables, wrong password, constraint.
const lasting = /^(22|23|28|42)/;

/** An error of PostgreSQL or its connection as a Fault: `LOG_UNAVAILABLE` (retryable), or `LOG_REFUSED` when it will stay. */
export function pgFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code === 'string' && code.length === 5 && lasting.test(code)) {
    return new Fault('LOG_REFUSED', `the database refuses the event log: ${message}`, { cause: error });
  }
  return unavailable(message || (typeof code === 'string' ? code : 'connection failed'), error);
}

import { describeError, Fault } from '@quaywatch/kernel';
import { unavailable } from '../event-log/append-queue';

// What will not go away by itself.
const lasting =
  /AUTHORIZATION_FAILED|MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|INVALID_|UNSUPPORTED_|SASL|NotImplemented/;

/** An error of kafkajs as a Fault: `LOG_UNAVAILABLE` (retryable), or `LOG_REFUSED` when it will stay. */
export function kafkaFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const { type, name } = e as { type?: unknown; name?: unknown };
    if (lasting.test(`${String(type)} ${String(name)}`)) {
      return new Fault('LOG_REFUSED', `Kafka refuses: ${describeError(error)}`, { cause: error });
    }
  }
  return unavailable(error instanceof Error ? error.message : String(error), error);
}

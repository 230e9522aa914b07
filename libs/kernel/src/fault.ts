/** A fault of the system or its surroundings (never a refusal of a decision): thrown, with a stable code. */
export class Fault extends Error {
  /** Stable, upper snake case, e.g. `LOG_UNAVAILABLE`. */
  readonly code: string;
  /** True when the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The message of anything thrown, with its chain of causes, on one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const nested = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  const causes = nested.map(describeError).join('; ');
  const text = error.message || error.name;
  return causes ? `${text} (caused by: ${causes})` : text;
}

/** Where PostgreSQL adapters tell what they do: fields and a message, in pino's shape. Never given a secret. */
export interface PostgresLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger that says nothing. */
export const silentLogger: PostgresLogger = { info: () => {}, warn: () => {}, error: () => {} };

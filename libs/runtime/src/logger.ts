/** Structured logger (pino's shape): `log.info({ btu }, 'device connected')`. Never pass secrets or personal data. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

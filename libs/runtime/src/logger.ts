import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';

/** Structured logger (pino's shape): `log.info({ btu }, 'device connected')`. Never pass secrets or personal data. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A pino logger writing JSON lines to stdout, or to `file` when given; `level` as pino names them. */
export function makeLogger(service: string, options: { level?: string; file?: string } = {}): Logger {
  const level = options.level ?? 'info';
  const base = { service };
  if (!options.file) return pino({ level, base });
  return pino({ level, base }, pino.destination({ dest: options.file, mkdir: true, append: true, sync: false }));
}

/** Nest's own messages on our logger; its start-up chatter at debug. */
export function nestLogger(logger: Logger): LoggerService {
  const text = (message: unknown): string =>
    message instanceof Error ? (message.stack ?? message.message) : String(message);
  const context = (rest: unknown[]): object => ({ context: rest.at(-1) });
  return {
    log: (message: unknown, ...rest: unknown[]) => logger.debug(context(rest), text(message)),
    warn: (message: unknown, ...rest: unknown[]) => logger.warn(context(rest), text(message)),
    error: (message: unknown, ...rest: unknown[]) => logger.error(context(rest), text(message)),
    fatal: (message: unknown, ...rest: unknown[]) => logger.error(context(rest), text(message)),
    debug: (message: unknown, ...rest: unknown[]) => logger.debug(context(rest), text(message)),
  };
}

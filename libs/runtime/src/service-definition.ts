import type { DynamicModule, Type } from '@nestjs/common';
import type { ServiceName } from '@quaywatch/contracts';
import type { z } from 'zod';

/**
 * A service as a value: started alone by its own `main.ts`, or with all others in one process by `services/platform`.
 * Its Nest module gets what it needs by the tokens of `tokens.ts`; work that goes on by itself starts in
 * `onApplicationBootstrap` and ends in `onApplicationShutdown`, which is awaited.
 */
export interface ServiceDefinition<Config extends z.ZodObject = z.ZodObject> {
  readonly name: ServiceName;
  /** One sentence for docs/generated and `--help`. */
  readonly doc: string;
  /** Configuration; keys are environment variable names. Read once, all errors reported together. */
  readonly config: Config;
  /** File name → SQL, run in order of name, once each, in the service's own schema. */
  readonly migrations: Readonly<Record<string, string>>;
  /**
   * Views that are functions of the log: consumer → its tables. `quaywatch replay` empties them, forgets the
   * consumer's position and lets it read again from the start; the rows must be identical (law L3).
   */
  readonly views: Readonly<Record<string, readonly string[]>>;
  /** False for services without a database (the gateway). */
  readonly store: boolean;
  /** The Nest module. */
  readonly module: Type | DynamicModule;
}

/** Declares a service; only there to infer its types. */
export const defineService = <Config extends z.ZodObject>(
  definition: ServiceDefinition<Config>,
): ServiceDefinition<Config> => definition;

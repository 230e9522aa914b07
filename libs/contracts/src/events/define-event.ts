import type { z } from 'zod';
import type { ServiceName, Grade, Topic } from '../topics';

/** One event of the catalogue: where it goes, who owns it, all its versions, and how old data become new. */
export interface EventDefinition<T extends z.ZodType = z.ZodType> {
  /** Past tense, kebab-case. */
  readonly type: string;
  readonly topic: Topic;
  readonly owner: ServiceName | 'any';
  readonly grade: Grade;
  /** One sentence for people. */
  readonly doc: string;
  /** Schema of every version, v1 first. */
  readonly versions: readonly [...older: z.ZodType[], latest: T];
  /** `upcasts[i]` turns data of version i+1 into version i+2; one fewer than versions. */
  readonly upcasts?: readonly ((data: never) => unknown)[];
  /**
   * True only for data that the latest version takes as they are, in a fraction of the schema's time; false says nothing.
   * For events that come by the ten thousand a second.
   */
  readonly accepts?: (data: unknown) => boolean;
}

/** Data of the latest version of an event definition. */
export type DataOf<D> = D extends EventDefinition<infer T> ? z.infer<T> : never;

/** Declares an event; throws at load when the number of upcasts does not fit the number of versions. */
export function defineEvent<T extends z.ZodType>(definition: EventDefinition<T>): EventDefinition<T> {
  if ((definition.upcasts?.length ?? 0) !== definition.versions.length - 1) {
    throw new Error(`event ${definition.type}: needs exactly one upcast between each two versions`);
  }
  return definition;
}

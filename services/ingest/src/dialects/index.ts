import type { Dialect } from './dialect';
import { nativeJson } from './native-json';
import { sparkplug } from './sparkplug';
import { tic40 } from './tic40';

export type { Dialect, DialectSession } from './dialect';

/** Every dialect; the first that speaks on a topic decodes it. */
export const dialects: readonly Dialect[] = [nativeJson, sparkplug, tic40];

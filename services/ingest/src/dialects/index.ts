import type { Dialect } from './dialect';
import { nativeJson } from './native-json';

/** Every dialect, the first that knows a topic decodes it. */
export const dialects: readonly Dialect[] = [nativeJson];

import { z } from 'zod';

/** What a setting of the catalogue can be. */
export const settingValue = z.union([
  z.number(),
  z.boolean(),
  z.string().min(1).max(1000),
  z.array(z.string().min(1).max(300)).max(20),
]);

/** Where a setting of the catalogue can be set. */
export const settingScope = z.enum(['organisation', 'type', 'model', 'terminal', 'spreader']);

import { Fault } from '@quaywatch/kernel';
import { z } from 'zod';

/**
 * Reads configuration by a zod object whose keys are environment variable names. All errors are reported together,
 * by name, never with the value (it may be a secret): Fault `CONFIG_INVALID`.
 */
export function readConfig<T extends z.ZodObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) =>
      environment[key] === undefined || environment[key] === '' ? [] : [[key, environment[key]]],
    ),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new Fault('CONFIG_INVALID', `configuration is not valid: ${lines.join('; ')}`);
}

/** `true/false/1/0` in an environment variable. */
export const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

/** A TCP port; 0 = the system chooses. */
export const port = z.coerce.number().int().min(0).max(65_535);

import type { Problem, RouteDefinition } from '@quaywatch/contracts';
import { z } from 'zod';

const none = z.strictObject({});

/** What is wrong with a query string by the contract: unknown, repeated or malformed parameters. Empty = nothing. */
export function queryErrors(route: RouteDefinition, search: string): NonNullable<Problem['errors']> {
  const given: Record<string, string> = {};
  const errors: NonNullable<Problem['errors']> = [];
  for (const [name, value] of new URLSearchParams(search)) {
    if (Object.hasOwn(given, name))
      errors.push({ pointer: `/query/${name}`, code: 'repeated', detail: 'Give it once.' });
    Object.defineProperty(given, name, { value, enumerable: true, configurable: true });
  }
  const parsed = (route.query ?? none).safeParse(given);
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        errors.push({ pointer: `/query/${key}`, code: 'unknown', detail: 'There is no such parameter.' });
    } else {
      errors.push({ pointer: `/query/${issue.path.map(String).join('/')}`, code: issue.code, detail: issue.message });
    }
  }
  return errors;
}

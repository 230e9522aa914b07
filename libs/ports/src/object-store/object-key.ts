import { Fault } from '@quaywatch/kernel';

/**
 * Gives `key` back when it is safe everywhere: 1–900 characters, parts of letters, digits, `._-` joined by `/`, no part
 * longer than 200 or beginning with a dot. Else throws Fault `OBJECT_KEY`.
 */
export function checkObjectKey(key: string): string {
  const parts = key.split('/');
  const safe = key.length <= 900 && parts.every((part) => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(part));
  if (!safe) throw new Fault('OBJECT_KEY', `${JSON.stringify(key.slice(0, 200))} is no key of an object`);
  return key;
}

/** Gives `prefix` back when it is the beginning of a safe key, or empty. Else throws Fault `OBJECT_KEY`. */
export function checkObjectPrefix(prefix: string): string {
  if (prefix !== '') checkObjectKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  return prefix;
}

import { z } from 'zod';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Where people reach the gateway: `https://host`, or `http://` on a loopback host; no path. Without a final slash. */
export const publicUrl = z
  .url()
  .refine(isOrigin, 'give scheme, host and port only, as in https://quaywatch.example.com')
  .refine(
    isSafe,
    'must be https; http is allowed on localhost only, for cookies and passwords would cross the network in the clear',
  )
  .transform((text) => new URL(text).origin);

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { pathname, search, hash, username, password } = new URL(text);
  return pathname === '/' && !search && !hash && !username && !password;
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname));
}

import type { IncomingMessage } from 'node:http';

/** Largest body that is taken, bytes. */
export const largestBody = 1_048_576;

/** The body, or `too_large`; never holds more than the limit. Rejects when the caller goes away. */
export async function readBody(req: IncomingMessage, limit = largestBody): Promise<Buffer<ArrayBuffer> | 'too_large'> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return 'too_large';
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) return 'too_large';
    parts.push(part);
  }
  return Buffer.concat(parts);
}

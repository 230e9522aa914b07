import type { CallerCertificate } from '@quaywatch/runtime';
import type { Request } from 'express';
import type { ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/**
 * The certificate that the caller has shown to this gateway in the TLS handshake, which proves that they have its key.
 * Headers that claim one are never looked at; behind a proxy that ends TLS there is none.
 */
export function callerCertificate(req: Request, authorities: boolean): CallerCertificate | undefined {
  const stream = (req as { stream?: ServerHttp2Stream }).stream;
  const socket = (stream?.session?.socket ?? req.socket) as Partial<TLSSocket>;
  const raw = socket.getPeerX509Certificate?.()?.raw;
  if (!raw) return undefined;
  return { der: raw.toString('base64'), verified: authorities && socket.authorized === true };
}

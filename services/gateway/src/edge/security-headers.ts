import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Security headers of every answer. Scripts and styles come from our own files only (what scripts set on elements through
 * the CSSOM is no inline style). HSTS where the public URL is https. They are the same for every answer, so they
 * are made once.
 */
export const securityHeaders = (publicUrl: string): RequestHandler => {
  const https = publicUrl.startsWith('https:');
  const made = new Map<string, string>();
  const make = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  const collect = {
    setHeader: (name: string, value: string) => void made.set(name, value),
    removeHeader: () => undefined,
  };
  make({} as IncomingMessage, collect as unknown as ServerResponse, () => undefined);
  return (_req, res: Response, next) => {
    for (const [name, value] of made) res.setHeader(name, value);
    next();
  };
};

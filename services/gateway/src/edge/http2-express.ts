import express, { type Express } from 'express';
import { constants, Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** Bytes of a body that are taken after its answer. */
const mostDropped = 4 * 1_048_576;

/**
 * Lets an Express application answer HTTP/2 streams. Express gives every request and response prototypes that come from
 * `node:http`; streams get the same methods over the prototypes of `node:http2`. Headers are as HTTP/1.1 has them: no
 * pseudo headers, and `host`.
 */
export function http2Listener(app: Express): (req: Http2ServerRequest, res: Http2ServerResponse) => void {
  const request = over(Http2ServerRequest.prototype, express.request, app);
  const response = over(Http2ServerResponse.prototype, express.response, app);
  // What express-session calls for a head that has not gone out yet; only `node:http` has it.
  Object.defineProperty(response, '_implicitHeader', {
    value(this: Http2ServerResponse) {
      this.writeHead(this.statusCode);
    },
  });
  return (req, res) => {
    const own = (target: object, name: string, value: unknown): void =>
      void Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
    const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !name.startsWith(':')));
    headers['host'] = req.authority;
    own(req, 'headers', headers);
    own(req, 'res', res);
    own(res, 'req', req);
    own(res, 'locals', Object.create(null));
    const { stream } = res;
    stream.once('finish', () => dropRest(stream));
    Object.setPrototypeOf(req, request);
    Object.setPrototypeOf(res, response);
    const done = (error?: unknown): void => {
      // The edge answers everything, errors too; what comes here has an answer that broke off.
      if (error || !res.headersSent) res.stream.destroy();
    };
    (app as unknown as { router: { handle(req: object, res: object, done: (error?: unknown) => void): void } }).router //
      .handle(req, res, done);
  };
}

/**
 * After the answer nobody reads what is left of the request, and its stream would stay open for ever: it is read and
 * dropped for a while, so that callers who send first and read then get their answer, and then told to stop.
 */
function dropRest(stream: Http2ServerResponse['stream']): void {
  if (stream.destroyed || stream.readableEnded) return;
  let dropped = 0;
  // Those that are there hand on to the request, which nobody reads: they would stop the stream.
  stream.removeAllListeners('data').on('data', (part: Buffer) => {
    dropped += part.length;
    if (dropped > mostDropped) stream.close(constants.NGHTTP2_NO_ERROR);
  });
  stream.resume();
}

function over(below: object, methods: object, app: Express): object {
  const made = Object.create(below, Object.getOwnPropertyDescriptors(methods)) as object;
  return Object.defineProperty(made, 'app', { value: app, writable: true, configurable: true });
}

import { Agent, request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** Connections to services without TLS are kept, but shorter than the services keep them (Node: 5 s). */
export const plainAgent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 64, timeout: 4000 });

/** One call of a service inside. */
export interface InternalRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | undefined;
  readonly signal?: AbortSignal;
  /** By which it goes (`Peers.agent`): over TLS with our certificate, or plain. */
  readonly agent: Agent;
  /** The name its certificate must bear, where that is not the host of the URL. */
  readonly expectedName?: string | undefined;
  /** Gets the call, again when it is tried once more: destroying it ends it, and the answer that came by it. */
  readonly onCall?: (call: ClientRequest) => void;
  /** True when the call may be made twice without harm. */
  readonly repeatable: boolean;
}

/**
 * Calls a service over a kept connection; resolves with the answer's head, its body still to be read. Rejects with the
 * socket's error. A kept connection that was closed under it is tried once more, if the call may be made twice.
 */
export async function callService(url: string, given: InternalRequest): Promise<IncomingMessage> {
  try {
    return await once(url, given);
  } catch (error) {
    if (!(error instanceof ReusedSocketError)) throw error;
    if (!given.repeatable) throw error.cause;
    return once(url, given);
  }
}

class ReusedSocketError extends Error {}

function once(
  url: string,
  { method, headers, body, signal, onCall, agent, expectedName }: InternalRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const { protocol, hostname, port, path } = placeOf(url);
    const call = request({
      protocol,
      hostname,
      port,
      path,
      method,
      headers: { ...headers, ...length },
      agent,
      ...(signal ? { signal } : {}),
      ...(expectedName ? { expectedName } : {}),
    });
    call.once('response', resolve);
    call.once('error', (error: NodeJS.ErrnoException) => {
      const closed = call.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(closed ? new ReusedSocketError('closed', { cause: error }) : error);
    });
    onCall?.(call);
    call.end(body);
  });
}

/** Where a URL of a service leads; its path as it is written. */
function placeOf(url: string): Record<'protocol' | 'hostname' | 'port' | 'path', string> {
  const slash = url.indexOf('/', 'https://'.length);
  const base = slash < 0 ? url : url.slice(0, slash);
  const { protocol, hostname, port } = new URL(base);
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: slash < 0 ? '/' : url.slice(slash) };
}

/** The whole body as text; rejects when it breaks off. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** One header as text. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

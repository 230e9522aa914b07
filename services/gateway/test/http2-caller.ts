import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type SecureClientSessionOptions } from 'node:http2';

/** A caller over one HTTP/2 connection. */
export class Http2Caller {
  private constructor(readonly session: ClientHttp2Session) {}

  static async open(url: string, options: SecureClientSessionOptions = {}): Promise<Http2Caller> {
    const session = connect(url, { maxSessionMemory: 200, ...options });
    await once(session, 'connect');
    session.on('error', () => undefined);
    return new Http2Caller(session);
  }

  /** One stream, its answer still to be read. */
  async request(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Buffer,
  ): Promise<{ headers: Record<string, unknown>; status: number; stream: ClientHttp2Stream }> {
    const stream = this.session.request({ ':method': method, ':path': path, ...headers });
    stream.end(body);
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
    return { headers: answer, status: Number(answer[':status']), stream };
  }

  /** As `fetch`, as far as tests need it; never follows redirects. */
  readonly fetch = (async (input: URL, init: RequestInit = {}): Promise<Response> => {
    const given = init.headers as Record<string, string>;
    const answer = await this.request(
      init.method ?? 'GET',
      input.pathname + input.search,
      given,
      init.body as string | undefined,
    );
    const parts: Buffer[] = [];
    for await (const part of answer.stream as AsyncIterable<Buffer>) parts.push(part);
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      if (name.startsWith(':')) continue;
      for (const one of Array.isArray(value) ? (value as string[]) : [String(value)]) headers.append(name, one);
    }
    const empty = [204, 304].includes(answer.status);
    return new Response(empty ? null : Buffer.concat(parts), { status: answer.status, headers });
  }) as unknown as typeof fetch;

  close(): void {
    this.session.destroy();
  }
}

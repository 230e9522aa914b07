import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { TwoServices } from './two-services';

// Requests whose end two parsers could see in different places, written byte by byte to the gateway's port: none may
// carry a second request inside, which somebody else's connection would then answer for.

let two: TwoServices;
beforeAll(async () => {
  two = await TwoServices.start();
}, 60_000);
afterAll(() => two?.stop());

/** Status lines of everything that comes back until the gateway closes the connection. */
function send(bytes: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(two.via);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    // One that stays open was taken for a request that is not whole yet.
    const timer = setTimeout(() => socket.destroy(), 3000);
    socket.once('error', reject).once('close', () => {
      clearTimeout(timer);
      resolve(text.match(/HTTP\/1\.1 \d{3}/g) ?? []);
    });
  });
}
const inside = 'GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n';
const head = (...headers: string[]): string =>
  ['POST /v1/terminals HTTP/1.1', 'Host: x', ...headers, 'Connection: close', '', ''].join('\r\n');

describe('the end of a request', () => {
  it.each([
    ['both lengths, chunks first', head('Transfer-Encoding: chunked', 'Content-Length: 6') + `0\r\n\r\n${inside}`],
    ['both lengths, number first', head('Content-Length: 6', 'Transfer-Encoding: chunked') + `0\r\n\r\n${inside}`],
    ['two different numbers', head('Content-Length: 4', 'Content-Length: 60') + `abcd${inside}`],
    ['a list of numbers', head('Content-Length: 4, 60') + `abcd${inside}`],
    ['a number with a sign', head('Content-Length: +4') + `abcd${inside}`],
    ['chunked that is not last', head('Transfer-Encoding: chunked, identity') + `0\r\n\r\n${inside}`],
    ['chunked in other letters', head('Transfer-Encoding: xchunked', 'Content-Length: 4') + `abcd${inside}`],
    ['chunked after a vertical tab', head('Transfer-Encoding: \x0bchunked', 'Content-Length: 4') + `abcd${inside}`],
    ['a space before the colon', head('Transfer-Encoding : chunked') + `0\r\n\r\n${inside}`],
    ['a bad size of a chunk', head('Transfer-Encoding: chunked') + `0x4\r\nabcd\r\n0\r\n\r\n${inside}`],
    ['a folded header', head('X: a', ' Transfer-Encoding: chunked') + `0\r\n\r\n${inside}`],
    ['a bare line feed in a header', head('X: a\nTransfer-Encoding: chunked') + `0\r\n\r\n${inside}`],
    ['a bare carriage return', head('X: a\rTransfer-Encoding: chunked') + `0\r\n\r\n${inside}`],
    ['no Host at all', `GET /healthz HTTP/1.1\r\n\r\n${inside}`],
  ])('%s: is refused, and nothing inside is answered', async (_, bytes) => {
    expect(await send(bytes)).toEqual(['HTTP/1.1 400']);
  });

  it('that is plain is answered, and so is the next one: the test would see an answer to what is inside', async () => {
    const first = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await send(first + last)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  });
});

describe('methods', () => {
  it.each(['TRACE', 'CONNECT', 'PROPFIND'])('%s is served nowhere', async (method) => {
    for (const path of ['/', '/v1/terminals', '/oidc/token', '/auth/login']) {
      const [status = ''] = await send(
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-Mine: 1\r\nConnection: close\r\n\r\n`,
      );
      expect([method, path, Number(status.slice(9, 12) || 400) >= 400]).toEqual([method, path, true]);
    }
  });
});

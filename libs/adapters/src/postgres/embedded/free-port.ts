import { createServer } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that is free now, in 20000–31999: below the range that the system gives to outgoing
 * connections, which could otherwise take it before the server listens or while it is down. No other process on
 * this machine that asks here, or in deploy/free-port.mjs, is given it while this one lives.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if ((await isClaimed(port)) && (await isFree(port))) return port;
  }
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Whether the port is this process's from now on: Linux keeps the name of an abstract socket for one process only. */
function isClaimed(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true);
  return new Promise((resolve) => {
    const claim = createServer();
    claim.once('error', () => resolve(false));
    claim.listen(`\0quaywatch-port-${port}`, () => resolve(true)).unref();
  });
}

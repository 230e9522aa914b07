import { createServer } from 'node:net';

// Below 32768: the system hands out higher ports to outgoing connections, which would take a server's port on restart.
/** A TCP port of 127.0.0.1 that is free now. */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

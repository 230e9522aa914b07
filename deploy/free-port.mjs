import { createServer } from 'node:net';

// As libs/adapters/src/postgres/embedded/free-port.ts, for scripts that run before anything is built.

/** A TCP port of 127.0.0.1 that is free now, and that nobody else is given while this process lives. */
export async function freePort() {
  for (;;) {
    // Below 32768: the system hands out higher ports to outgoing connections, which would take a server's port on restart.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    // Linux keeps the name of an abstract socket for one process only.
    const claimed = process.platform !== 'linux' || (await canListen(`\0quaywatch-port-${port}`, { keep: true }));
    if (claimed && (await canListen({ port, host: '127.0.0.1' }, { keep: false }))) return port;
  }
}

function canListen(at, { keep }) {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(false));
    server.listen(at, () => (keep ? resolve(true) : server.close(() => resolve(true))));
  });
}

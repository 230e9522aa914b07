import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A plain port beside a service's HTTP that answers few questions, and nothing else to anybody. */
export interface SidePort {
  /** `http://host:port`, of metrics with their path. */
  readonly url: string;
  close(): Promise<void>;
}

/** Opens one; rejects when it cannot listen. */
export async function openSidePort(
  listener: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SidePort> {
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8192, keepAliveTimeout: 5000 }, listener);
  server.maxConnections = 32;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

// Aedes 1.2.0 with nothing around it, behind mutual TLS: the yardstick of bench:ingest.
import { Aedes } from 'aedes';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';

const [key, cert, ca] = process.argv.slice(2).map((file) => readFileSync(file));
const aedes = await Aedes.createBroker();
const server = createServer(
  { key, cert, ca, requestCert: true, rejectUnauthorized: true, noDelay: true, minVersion: 'TLSv1.2' },
  (socket) => {
    socket.on('error', () => undefined);
    aedes.handle(socket, undefined as never);
  },
);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.({ mqttPort: (server.address() as AddressInfo).port }),
);
process.once('SIGTERM', () => process.exit(0));

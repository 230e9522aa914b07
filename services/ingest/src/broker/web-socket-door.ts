import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsOptions, TLSSocket } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';

/** What the door needs of its owner. */
export interface WebSocketDoorOptions {
  readonly tls: TlsOptions;
  /** Largest message, bytes. */
  readonly message: number;
  /** Judges the TLS connection before the upgrade is answered. */
  allowed(socket: TLSSocket): boolean;
  /** Takes the stream of MQTT bytes over. */
  opened(socket: TLSSocket, wire: Duplex): void;
  refused(socket: TLSSocket, cause: string): void;
}

const subprotocol = 'mqtt';

/**
 * MQTT over WebSocket [MQTT-6.0.0]: binary messages only, subprotocol `mqtt`, packets need not fit into messages. Makes
 * a server that shakes hands (see `Doorway`) and answers anything but an upgrade with 426.
 */
export function webSocketDoor(options: WebSocketDoorOptions): Server {
  const server = createServer(
    { ...options.tls, maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 1000 },
    (_request, response) => {
      response.writeHead(426, { upgrade: 'websocket', connection: 'close', 'content-length': 0 }).end();
    },
  );
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.message,
    perMessageDeflate: false,
    // Without `mqtt` on offer there is no subprotocol to agree on.
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  server.on('upgrade', (request, socket, head) => {
    const tls = socket as unknown as TLSSocket;
    tls.on('error', () => undefined);
    if (!options.allowed(tls)) return void tls.destroy();
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(subprotocol)) {
      options.refused(tls, 'WebSocket without subprotocol mqtt [MQTT-6.0.0-3]');
      tls.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, tls, head, (webSocket) => {
      const wire = createWebSocketStream(webSocket, { readableHighWaterMark: 65_536 });
      webSocket.prependListener('message', (_data, isBinary) => {
        if (isBinary || wire.destroyed) return;
        options.refused(tls, 'WebSocket text message [MQTT-6.0.0-1]');
        webSocket.terminate();
      });
      options.opened(tls, wire);
    });
  });
  return server;
}

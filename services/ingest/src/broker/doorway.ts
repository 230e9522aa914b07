import { describeError } from '@quaywatch/kernel';
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { BrokerLimits } from './broker-limits';

/** What a doorway works with. */
export interface DoorwayOptions {
  readonly host: string;
  readonly port: number;
  /** Shakes hands; does not listen itself. */
  readonly tls: TlsServer;
  readonly limits: Pick<BrokerLimits, 'handshakes' | 'waiting' | 'connections'>;
  /** Told of each socket that is turned away, with the reason. */
  refused(cause: string, address: string): void;
}

/**
 * Listens, and lets sockets into the TLS handshake in the order of arrival, only so many at a time: a storm of
 * reconnecting devices is worked off at the rate of the CPU while those that are connected are served on. A socket that
 * waits costs no TLS state.
 */
export class Doorway {
  private readonly listener: NetServer;
  /** Sockets in their handshake, by far end. */
  private readonly shaking = new Map<string, Socket>();
  private readonly waiting = new Set<Socket>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly options: DoorwayOptions) {
    const { tls } = options;
    this.listener = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, pauseOnConnect: true },
      (socket) => this.arrive(socket),
    );
    tls.prependListener('secureConnection', (socket) => this.done(farEnd(socket)));
    tls.on('tlsClientError', (error, socket) => {
      socket.destroy();
      this.done(farEnd(socket));
      options.refused(
        `handshake ${(error as { code?: string }).code ?? describeError(error)}`,
        socket.remoteAddress ?? 'unknown',
      );
    });
  }

  static async open(options: DoorwayOptions): Promise<Doorway> {
    const doorway = new Doorway(options);
    const { listener } = doorway;
    await new Promise<void>((done, fail) => {
      listener.once('error', fail);
      listener.listen({ host: options.host, port: options.port, backlog: 4096 }, done);
    });
    return doorway;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Sockets before the end of their handshake. */
  get halfOpen(): number {
    return this.shaking.size + this.waiting.size;
  }

  /** Stops listening, ends what is connected; resolves when all sockets are closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.listener.close(() => done()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private arrive(socket: Socket): void {
    const { limits, refused } = this.options;
    const address = socket.remoteAddress ?? 'unknown';
    const full = this.sockets.size >= limits.connections;
    if (full || this.waiting.size >= limits.waiting) {
      socket.destroy();
      refused(full ? 'connections' : 'sockets that wait for a handshake', address);
      return;
    }
    const key = farEnd(socket);
    this.sockets.add(socket);
    this.waiting.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.waiting.delete(socket);
      if (this.shaking.get(key) === socket) this.done(key);
    });
    this.letIn();
  }

  private done(key: string): void {
    if (this.shaking.delete(key)) this.letIn();
  }

  private letIn(): void {
    for (const socket of this.waiting) {
      if (this.shaking.size >= this.options.limits.handshakes) return;
      this.waiting.delete(socket);
      this.shaking.set(farEnd(socket), socket);
      this.options.tls.emit('connection', socket);
    }
  }
}

const farEnd = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

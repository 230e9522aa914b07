import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * One TCP address in front of several processes, as a load balancer is: each connection goes to the next one that
 * answers. TLS ends behind it.
 */
export class Balancer {
  private next = 0;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private targets: readonly number[],
  ) {
    server.on('connection', (socket) => this.lead(socket));
  }

  /** Opens it on a free port of loopback, in front of these ports. */
  static async open(targets: readonly number[]): Promise<Balancer> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, resolve));
    return new Balancer(server, targets);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on connections go to these ports, the first of them next; those there are stay. */
  turnTo(...targets: readonly number[]): void {
    this.targets = targets;
    this.next = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private lead(socket: Socket): void {
    this.keep(socket);
    this.tryNext(socket, this.targets.length);
  }

  private tryNext(socket: Socket, left: number): void {
    const port = this.targets[this.next++ % Math.max(1, this.targets.length)];
    if (left === 0 || port === undefined) return void socket.destroy();
    const onward = connect({ host: '127.0.0.1', port, noDelay: true });
    this.keep(onward);
    let answered = false;
    onward.once('connect', () => {
      answered = true;
      socket.pipe(onward).pipe(socket);
    });
    onward.once('close', () => {
      if (answered || socket.destroyed) socket.destroy();
      else this.tryNext(socket, left - 1);
    });
    socket.once('close', () => onward.destroy());
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.open.delete(socket));
  }
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP connection in between that can be slow, or cut as a network is: nothing arrives, and nobody is told. */
export interface Link {
  readonly port: number;
  /** Milliseconds that each piece takes in each direction. */
  delay: number;
  /** Nothing passes, in either direction, until `mend`; what was sent meanwhile then arrives, as TCP would send it again. */
  cut(): void;
  mend(): void;
  /** Cuts off whoever is connected, with a reset. */
  reset(): void;
  close(): Promise<void>;
}

const most = 1_000_000;

/** Listens on 127.0.0.1 and passes on to the port that `target` gives. */
export async function openLink(target: () => number): Promise<Link> {
  let whole: Promise<void> = Promise.resolve();
  let mend = (): void => {};
  let down = false;
  const sockets = new Set<Socket>();
  const link = { delay: 0 };

  const pass = (from: Socket, to: Socket): void => {
    let last: Promise<void> = Promise.resolve();
    let waiting = 0;
    const later = (work: () => void): void => {
      const due = performance.now() + link.delay;
      last = last.then(async () => {
        const left = due - performance.now();
        if (left > 0) await new Promise((done) => setTimeout(done, left));
        while (down) await whole;
        work();
      });
    };
    from.on('data', (chunk: Buffer) => {
      waiting += chunk.length;
      if (waiting > most) from.pause();
      later(() => {
        waiting -= chunk.length;
        if (waiting <= most) from.resume();
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.on('end', () => later(() => to.end()));
    from.on('error', () => later(() => to.destroy()));
    from.on('close', () => {
      sockets.delete(from);
      later(() => to.destroy());
    });
  };

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
    }
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return Object.assign(link, {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      down = true;
      whole = new Promise((done) => (mend = done));
    },
    mend: () => {
      down = false;
      mend();
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: async () => {
      down = false;
      mend();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

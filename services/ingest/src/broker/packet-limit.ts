import { Duplex, type DuplexOptions } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Most bytes of a packet before and after the device was let in. */
export interface PacketLimits {
  readonly beforeConnect: number;
  readonly afterConnect: number;
}

/**
 * Stands between the socket and the broker and reads only the fixed header of each MQTT packet: a packet that says it is
 * larger than allowed ends the connection before its body is taken in (the broker itself has no limit). Passes bytes on
 * unchanged, and pauses the socket when the broker does not read.
 */
export class PacketLimit extends Duplex {
  connected = false;
  private left = 0;
  private header: number[] = [];

  constructor(
    private readonly socket: TLSSocket,
    private readonly limits: PacketLimits,
    private readonly onRefused: (bytes: number) => void,
    options: DuplexOptions = {},
  ) {
    super({ ...options, allowHalfOpen: false });
    socket.on('data', (chunk: Buffer) => {
      if (!this.admit(chunk)) return;
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  // Without _writev every packet would be a TLS record and a system call of its own.
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.socket.cork();
    for (const { chunk } of chunks.slice(0, -1)) this.socket.write(chunk);
    this.socket.write(chunks.at(-1)?.chunk ?? Buffer.alloc(0), done);
    this.socket.uncork();
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  private admit(chunk: Buffer): boolean {
    const limit = this.connected ? this.limits.afterConnect : this.limits.beforeConnect;
    for (let i = 0; i < chunk.length; ) {
      if (this.left > 0) {
        const skip = Math.min(this.left, chunk.length - i);
        this.left -= skip;
        i += skip;
        continue;
      }
      const byte = chunk[i++] as number;
      this.header.push(byte);
      const length = this.header.length;
      if (length === 1) continue;
      if (byte >= 128 && length < 5) continue;
      const size = this.header.slice(1).reduce((sum, part, index) => sum + (part & 127) * 128 ** index, 0);
      this.header = [];
      if (byte >= 128 || size > limit) {
        this.onRefused(size);
        this.destroy();
        return false;
      }
      this.left = size;
    }
    return true;
  }
}

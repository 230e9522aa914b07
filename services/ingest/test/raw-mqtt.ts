import type { Duplex } from 'node:stream';

/** A packet as it came: first byte and body. */
export interface RawPacket {
  readonly first: number;
  readonly type: number;
  readonly body: Buffer;
}

/** MQTT byte by byte over any stream: sends what no client would, and sees what comes back. */
export class RawMqtt {
  private readonly arrived: RawPacket[] = [];
  private readonly waiters: (() => void)[] = [];
  private bytes = Buffer.alloc(0);
  ended = false;

  constructor(readonly stream: Duplex) {
    stream.on('data', (chunk: Buffer) => this.onData(chunk));
    stream.on('error', () => undefined);
    const end = (): void => {
      this.ended = true;
      this.wakeAll();
    };
    stream.on('end', end);
    stream.on('close', end);
  }

  /** Packets that arrived and were not looked at. */
  get unread(): number {
    return this.arrived.length;
  }

  send(...parts: (Buffer | readonly number[])[]): this {
    this.stream.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
    return this;
  }

  /** The next packet; rejects when none comes in time or the connection ends. */
  async next(limit = 3000): Promise<RawPacket> {
    const end = Date.now() + limit;
    while (this.arrived.length === 0) {
      if (this.ended) throw new Error('connection ended');
      await this.change(end);
    }
    return this.arrived.shift() as RawPacket;
  }

  /** The next packet of a type; others before it are dropped. */
  async nextOf(type: number, limit = 3000): Promise<RawPacket> {
    for (;;) {
      const packet = await this.next(limit);
      if (packet.type === type) return packet;
    }
  }

  /** Packets until the connection ends; rejects when it does not. */
  async untilEnd(limit = 3000): Promise<RawPacket[]> {
    const end = Date.now() + limit;
    while (!this.ended) await this.change(end);
    return this.arrived.splice(0);
  }

  /** A PINGREQ; resolves with what came before its answer: proves that the connection stands. */
  async ping(): Promise<RawPacket[]> {
    this.send([0xc0, 0]);
    const before: RawPacket[] = [];
    for (;;) {
      const packet = await this.next();
      if (packet.type === 13) return before;
      before.push(packet);
    }
  }

  /**
   * What arrived before a message to itself, acknowledgements left out: nothing else is on its way to this client. Needs
   * the right to use `barrier/…`.
   */
  async quiet(): Promise<RawPacket[]> {
    const topic = `barrier/${++barriers}`;
    this.send(subscribe(0xfff0, [[topic, 1]]), publish(topic, '', { qos: 1, id: 0xfff1 }));
    const before: RawPacket[] = [];
    for (;;) {
      const packet = await this.next();
      if (packet.type === 3) {
        const { topic: to, id } = readPublish(packet);
        if (to === topic) {
          this.send(acknowledge(4, id), unsubscribe(0xfff2, [topic]));
          await this.nextOf(11);
          return before.filter(({ type, body }) => type !== 4 || body.readUInt16BE(0) !== 0xfff1);
        }
        if (to.startsWith('barrier/')) continue;
      }
      if (packet.type !== 9 || packet.body.readUInt16BE(0) !== 0xfff0) before.push(packet);
    }
  }

  /** CONNECT; resolves with session present and return code. */
  async connect(options: ConnectOptions = {}): Promise<{ present: number; code: number }> {
    this.send(connect(options));
    const { type, body } = await this.next();
    if (type !== 2) throw new Error(`packet ${type} before CONNACK`);
    return { present: body[0] as number, code: body[1] as number };
  }

  /** SUBSCRIBE to one filter; resolves with the return code. */
  async subscribe(filter: string, qos: number, id = 1): Promise<number> {
    this.send(subscribe(id, [[filter, qos]]));
    return (await this.nextOf(9)).body[2] as number;
  }

  close(): void {
    this.stream.destroy();
  }

  private onData(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    for (;;) {
      let length = 0;
      let at = 1;
      for (let unit = 1; ; unit *= 128) {
        if (at >= this.bytes.length) return;
        const byte = this.bytes[at++] as number;
        length += (byte & 127) * unit;
        if (byte < 128) break;
      }
      if (this.bytes.length < at + length) return;
      const first = this.bytes[0] as number;
      this.arrived.push({ first, type: first >> 4, body: this.bytes.subarray(at, at + length) });
      this.bytes = this.bytes.subarray(at + length);
      this.wakeAll();
    }
  }

  private wakeAll(): void {
    for (const wake of this.waiters.splice(0)) wake();
  }

  private async change(end: number): Promise<void> {
    const left = end - Date.now();
    if (left <= 0) throw new Error('nothing came in time');
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

let barriers = 0;

export interface ConnectOptions {
  readonly id?: string | Buffer;
  readonly clean?: boolean;
  readonly keepAlive?: number;
  readonly name?: string;
  readonly level?: number;
  /** In place of the flags that the other options say. */
  readonly flags?: number;
  readonly will?: { topic: string | Buffer; payload: string; qos?: number; retain?: boolean };
  /** In place of the payload that the other options say. */
  readonly payload?: Buffer;
}

/** Length-prefixed text. */
export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

/** A packet: first byte, length, body. */
export function packet(first: number, ...body: (Buffer | readonly number[])[]): Buffer {
  const whole = Buffer.concat(body.map((part) => Buffer.from(part)));
  const length: number[] = [];
  let left = whole.length;
  do {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), whole]);
}

export function connect(options: ConnectOptions = {}): Buffer {
  const { id = '', clean = true, keepAlive = 60, name = 'MQTT', level = 4, will } = options;
  const willFlags = will ? 4 | ((will.qos ?? 0) << 3) | (will.retain ? 32 : 0) : 0;
  const flags = options.flags ?? (clean ? 2 : 0) | willFlags;
  const payload = options.payload ?? Buffer.concat([text(id), ...(will ? [text(will.topic), text(will.payload)] : [])]);
  return packet(0x10, text(name), [level, flags, keepAlive >> 8, keepAlive & 255], payload);
}

export function publish(
  topic: string | Buffer,
  payload: string | Buffer = '',
  options: { qos?: number; id?: number; retain?: boolean; dup?: boolean } = {},
): Buffer {
  const { qos = 0, id = 1, retain = false, dup = false } = options;
  const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
  return packet(first, text(topic), qos > 0 ? [id >> 8, id & 255] : [], Buffer.from(payload));
}

export const subscribe = (id: number, filters: readonly (readonly [string | Buffer, number])[]): Buffer =>
  packet(0x82, [id >> 8, id & 255], ...filters.flatMap(([filter, qos]) => [text(filter), [qos]]));

export const unsubscribe = (id: number, filters: readonly (string | Buffer)[]): Buffer =>
  packet(0xa2, [id >> 8, id & 255], ...filters.map((filter) => text(filter)));

/** PUBACK 4, PUBREC 5, PUBREL 6, PUBCOMP 7. */
export const acknowledge = (type: number, id: number): Buffer =>
  packet((type << 4) | (type === 6 ? 2 : 0), [id >> 8, id & 255]);

/** A PUBLISH as it came in. */
export function readPublish({ first, body }: RawPacket): {
  topic: string;
  payload: string;
  qos: number;
  id: number;
  retain: boolean;
  dup: boolean;
} {
  const qos = (first >> 1) & 3;
  const end = 2 + body.readUInt16BE(0);
  return {
    topic: body.subarray(2, end).toString(),
    payload: body.subarray(end + (qos > 0 ? 2 : 0)).toString(),
    qos,
    id: qos > 0 ? body.readUInt16BE(end) : 0,
    retain: (first & 1) === 1,
    dup: (first & 8) === 8,
  };
}

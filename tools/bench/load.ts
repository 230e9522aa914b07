// What bench:ingest loads a broker with: devices over mutual TLS, QoS 1, a window of unacknowledged frames each.
import { deviceTopic } from '@quaywatch/contracts';
import type { Identity } from '@quaywatch/services/btu';
import { connect, type TLSSocket } from 'node:tls';
import { cpuMilliseconds } from '../ingest-rig/child';

/** Bytes of a payload. */
const payloadBytes = 300;

export interface Figures {
  readonly perSecond: number;
  /** From sending to PUBACK, ms. */
  readonly p50: number;
  readonly p99: number;
  /** PUBACKs that came out of order. */
  readonly disorder: number;
  /** CPU of the generator and of all processes of the broker, share of one core. */
  readonly generator: number;
  readonly broker: number;
  /** The same of the log's own processes; 0 without a log. */
  readonly log: number;
}

/** A device on a raw socket: writes packets, counts PUBACKs. */
export class Device {
  seq = 0;
  acknowledged = 0;
  disorder = 0;
  readonly delays: number[] = [];
  private readonly sentAt = new Map<number, number>();
  private socket!: TLSSocket;
  private rest: Buffer = Buffer.alloc(0);
  private expected = 1;
  sending = false;
  /** The connection ended. */
  lost = false;

  constructor(
    readonly btu: string,
    private readonly identity: Identity,
    private readonly boot: number,
    private readonly window: number,
  ) {}

  /** Connects and waits for CONNACK; rejects when it is refused, lost, or takes more than `limit` ms. */
  async open(port: number, limit = 60_000): Promise<void> {
    const { key, certificate: cert } = this.identity;
    const socket = connect({ port, host: '127.0.0.1', key, cert, rejectUnauthorized: false });
    this.socket = socket;
    socket.setNoDelay(true);
    const id = Buffer.from(this.btu);
    const head = [0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, id.length];
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => fail(new Error(`no CONNACK within ${limit} ms`)), limit);
      const fail = (error: Error): void => {
        clearTimeout(late);
        socket.destroy();
        reject(error);
      };
      socket.on('error', fail);
      socket.once('close', () => fail(new Error('closed before CONNACK')));
      socket.once('secureConnect', () => socket.write(Buffer.concat([Buffer.from(head), id])));
      socket.once('data', (bytes: Buffer) => {
        if (bytes[0] !== 0x20 || bytes[3] !== 0) return fail(new Error(`CONNACK ${bytes[3]}`));
        clearTimeout(late);
        resolve();
      });
    });
    socket.on('close', () => (this.lost = true));
    socket.on('data', (chunk: Buffer) => this.onData(chunk));
  }

  start(): void {
    this.sending = true;
    this.send(this.window);
  }

  close(): void {
    this.socket.destroy();
  }

  private send(count: number): void {
    const now = performance.now();
    const parts: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const seq = ++this.seq;
      const id = ((seq - 1) % 65_535) + 1;
      const time = Date.now();
      const head = `{"v":1,"stream":"live","sid":null,"bid":"${this.btu}","boot":${this.boot},"seq":${seq},"tsDev":${time},"up":${Math.round(now)},"tsSent":${time},"cq":"NTP","hist":false,"body":{"signals":{"hyd.oilTemp":{"t":[0],"values":[${seq % 100}]},"hyd.press":{"t":[0],"values":[110.5]},"cab.temp":{"t":[0],"values":[21]}}}}`;
      const topic = Buffer.from(deviceTopic(this.btu, 'live'));
      const payload = Buffer.from(head.padEnd(payloadBytes));
      const length = 2 + topic.length + 2 + payload.length;
      parts.push(
        Buffer.from([0x32, (length & 127) | 128, length >> 7, topic.length >> 8, topic.length & 255]),
        topic,
        Buffer.from([id >> 8, id & 255]),
        payload,
      );
      this.sentAt.set(id, now);
    }
    this.socket.write(Buffer.concat(parts));
  }

  private onData(chunk: Buffer): void {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const now = performance.now();
    let count = 0;
    for (; this.rest.length >= 4; this.rest = this.rest.subarray(4)) {
      const id = this.rest.readUInt16BE(2);
      if (id !== this.expected) this.disorder++;
      this.expected = (id % 65_535) + 1;
      const sent = this.sentAt.get(id);
      if (sent !== undefined && this.delays.length < 20_000) this.delays.push(now - sent);
      this.sentAt.delete(id);
      this.acknowledged++;
      count++;
    }
    if (this.sending && count > 0) this.send(count);
  }
}

/** Lets the devices send for so many seconds, after two to warm up. */
export async function measure(
  devices: readonly Device[],
  pids: readonly number[],
  seconds: number,
  logCpu: () => number = () => 0,
): Promise<Figures> {
  const total = (): number => devices.reduce((sum, device) => sum + device.acknowledged, 0);
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  for (const device of devices) device.start();
  await wait(2000);
  for (const device of devices) device.delays.length = 0;
  const brokers = (): number => pids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0);
  const [before, from, own] = [total(), performance.now(), process.cpuUsage()];
  const [cpu, log] = [brokers(), logCpu()];
  await wait(seconds * 1000);
  const elapsed = performance.now() - from;
  const count = total() - before;
  const spent = process.cpuUsage(own);
  const [brokerCpu, logSpent] = [brokers() - cpu, logCpu() - log];
  for (const device of devices) device.sending = false;
  for (const end = Date.now() + 20_000; devices.some((device) => device.acknowledged < device.seq);) {
    if (devices.some((device) => device.lost)) throw new Error('a connection ended under load');
    if (Date.now() > end) throw new Error('frames are left without PUBACK');
    await wait(20);
  }
  const delays = devices.flatMap((device) => device.delays).sort((a, b) => a - b);
  return {
    perSecond: Math.round((count * 1000) / elapsed),
    p50: delays[Math.floor(delays.length * 0.5)] ?? 0,
    p99: delays[Math.floor(delays.length * 0.99)] ?? 0,
    disorder: devices.reduce((sum, device) => sum + device.disorder, 0),
    generator: (spent.user + spent.system) / 1000 / elapsed,
    broker: brokerCpu / elapsed,
    log: logSpent / elapsed,
  };
}

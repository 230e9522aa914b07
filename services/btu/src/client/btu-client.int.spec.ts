import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { freePort } from '@quaywatch/adapters';
import { commandTopic, nativeFrame, type NativeFrame } from '@quaywatch/contracts';
import { Aedes } from 'aedes';
import { webcrypto } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { BtuClient, type BtuOptions } from './btu-client';
import { FrameBuffer, type WaitingFrame } from './frame-buffer';
import { installCertificate, readIdentity, signingRequest, type Identity } from './identity';

x509.cryptoProvider.set(webcrypto as never);

const serial = 'BTU-T1';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const valid = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 86_400_000) };

const newKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;

const pemOf = async (keys: webcrypto.CryptoKeyPair): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');

interface Pki {
  readonly ca: string;
  readonly server: { readonly key: string; readonly cert: string };
  issue(csr: string): Promise<string>;
}

async function makePki(): Promise<Pki> {
  const keys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Test CA',
    keys: keys as never,
    signingAlgorithm: algorithm,
    ...valid,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const sign = async (
    serialNumber: string,
    subject: string,
    publicKey: x509.PublicKeyType,
    extensions: x509.Extension[],
  ): Promise<string> => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject,
      issuer: ca.subject,
      publicKey,
      signingKey: keys.privateKey as never,
      signingAlgorithm: algorithm,
      ...valid,
      extensions,
    });
    return certificate.toString('pem');
  };
  const serverKeys = await newKeys();
  return {
    ca: ca.toString('pem'),
    server: {
      key: await pemOf(serverKeys),
      cert: await sign('02', 'CN=broker', serverKeys.publicKey as never, [
        new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ]),
    },
    issue: (csr) => {
      const request = new x509.Pkcs10CertificateRequest(csr);
      return sign('03', request.subject, request.publicKey, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]);
    },
  };
}

/** Fires on everything a test may wait for. */
const changes = new EventEmitter().setMaxListeners(0);

/** Waits for a condition, looked at after each change; fails after five seconds. */
function until(what: string, condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer);
      changes.off('change', look);
      if (error) reject(error);
      else resolve();
    };
    const look = (): void => {
      if (condition()) end();
    };
    const timer = setTimeout(() => end(new Error(`waited in vain: ${what}`)), 5000);
    changes.on('change', look);
    look();
  });
}

const within = async (what: string, promise: Promise<unknown>): Promise<void> => {
  let done = false;
  await Promise.all([
    promise.then(() => {
      done = true;
      changes.emit('change');
    }),
    until(what, () => done),
  ]);
};

/** A real broker with mutual TLS that can keep its acknowledgements back, be stopped and be started at the same port. */
class TestBroker {
  readonly received: NativeFrame[] = [];
  /** How many more publications are acknowledged at once; the others wait for `release`. */
  acknowledge = Infinity;
  subscriptions = 0;
  goodbyes = 0;
  port = 0;
  private held: (() => void)[] = [];
  private aedes: Aedes | undefined;
  private server: Server | undefined;
  private readonly sockets = new Set<TLSSocket>();

  constructor(private readonly pki: Pki) {}

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    aedes.authenticate = (client, _user, _password, done) => {
      const peer = (client.conn as unknown as TLSSocket).getPeerCertificate();
      done(null, peer.subject?.CN === client.id);
    };
    aedes.authorizePublish = (_client, packet, done) => {
      if (/\/(state|status)$/.test(packet.topic)) return done();
      const frame = nativeFrame.parse(JSON.parse(packet.payload.toString()));
      expect(packet.topic).toBe(`bsms/v1/${serial}/${frame.stream}`);
      this.received.push(frame);
      if (this.acknowledge-- > 0) done();
      else this.held.push(() => done());
      changes.emit('change');
    };
    aedes.on('subscribe', (subscriptions) => {
      this.subscriptions += subscriptions.length;
      changes.emit('change');
    });
    aedes.on('clientDisconnect', (client) => {
      if ((client as unknown as { _disconnected: boolean })._disconnected) this.goodbyes += 1;
    });
    const { server, ca } = this.pki;
    this.server = createServer({ ...server, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      aedes.handle(socket, undefined as never);
    });
    this.port ||= await freePort();
    await new Promise<void>((done) => this.server?.listen(this.port, '127.0.0.1', done));
    this.aedes = aedes;
  }

  /** Acknowledges what was kept back, and everything from now on. */
  release(): void {
    this.acknowledge = Infinity;
    for (const done of this.held.splice(0)) done();
  }

  command(payload: string): void {
    this.aedes?.publish(
      { cmd: 'publish', topic: commandTopic(serial), payload, qos: 1, retain: false, dup: false },
      () => undefined,
    );
  }

  /** Breaks all connections and closes the port. */
  async stop(): Promise<void> {
    const { aedes, server } = this;
    this.aedes = undefined;
    this.server = undefined;
    this.held = [];
    if (!aedes || !server) return;
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((done) => aedes.close(done));
    await closed;
  }
}

let pki: Pki;
let identity: Identity;
let folder: string;
let broker: TestBroker;
let clients: BtuClient[];
let events: string[];

beforeAll(async () => {
  pki = await makePki();
  const home = await mkdtemp(join(tmpdir(), 'quaywatch-identity-'));
  await installCertificate(home, await pki.issue(await signingRequest(home, serial)), pki.ca);
  identity = await readIdentity(home);
  await rm(home, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quaywatch-btu-'));
  broker = new TestBroker(pki);
  await broker.start();
  clients = [];
  events = [];
});

afterEach(async () => {
  broker.release();
  for (const client of clients) await client.stop();
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
});

function startClient(options: Partial<BtuOptions> = {}): BtuClient {
  const client = new BtuClient({
    url: `mqtts://127.0.0.1:${broker.port}`,
    serial,
    spreader: null,
    firmware: '1.0.0',
    signals: [{ signal: 'hyd.oilTemp', unit: 'Cel' }],
    identity,
    buffer: options.buffer ?? new FrameBuffer(folder),
    backOff: { first: 20, longest: 50 },
    onEvent: (event, detail) => {
      events.push(event === 'refused-command' ? `${event} ${detail}` : event);
      changes.emit('change');
    },
    ...options,
  });
  clients.push(client);
  client.start();
  return client;
}

const body = (value: number, more = ''): { signals: Record<string, { t: number[]; values: (number | string)[] }> } => ({
  signals: { 'hyd.oilTemp': { t: [0], values: [value] }, ...(more && { mode: { t: [0], values: [more] } }) },
});

const t0 = Date.UTC(2026, 10, 21);

/** Stores a frame as an earlier run did that had no connection. */
function store(buffer: FrameBuffer, stream: 'event' | 'live', at: number, samples = 1): void {
  buffer.push({
    v: 1,
    stream,
    sid: null,
    bid: serial,
    boot: buffer.boot,
    seq: buffer.nextSeq(stream),
    tsDev: at,
    up: 0,
    cq: 'NTP',
    body: { signals: { 'hyd.oilTemp': { t: Array(samples).fill(0), values: Array(samples).fill(1) } } },
    storedAt: at,
  } as WaitingFrame);
}

const nameOf = ({ stream, boot, seq }: NativeFrame): string => `${stream} ${boot}.${seq}`;

const names = (...streams: NativeFrame['stream'][]): string[] =>
  broker.received.filter(({ stream }) => streams.includes(stream)).map(nameOf);

const range = (stream: string, boot: number, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${stream} ${boot}.${from + i}`);

describe('sending', () => {
  it('sends its birth first, then its frames in order, numbered from 1 without a hole', async () => {
    const buffer = new FrameBuffer(folder);
    const client = startClient({ buffer });
    for (let i = 1; i <= 50; i++) client.send('event', t0 + i, body(i));
    await within('all sent', client.drained());
    for (let i = 51; i <= 60; i++) client.send('event', t0 + i, body(i));
    await within('all sent', client.drained());
    expect(broker.received[0]).toMatchObject({
      stream: 'birth',
      boot: 1,
      seq: 1,
      bid: serial,
      body: { firmware: '1.0.0', signals: [{ signal: 'hyd.oilTemp', unit: 'Cel' }] },
    });
    expect(broker.received.slice(1).map(nameOf)).toEqual(range('event', 1, 1, 60));
    expect(broker.received.slice(1).map(({ tsDev }) => tsDev - t0)).toEqual(range('', 1, 1, 60).map((_, i) => i + 1));
    expect(buffer.bytes).toBe(0);
  });

  it('says of a frame whether it was stored before it was sent', async () => {
    const buffer = new FrameBuffer(folder);
    store(buffer, 'event', t0);
    const client = startClient({ buffer, now: () => t0 + 10_000 });
    await within('backlog sent', client.drained());
    client.send('event', t0 + 9_000, body(2));
    await within('all sent', client.drained());
    expect(broker.received.filter(({ stream }) => stream === 'event').map(({ hist }) => hist)).toEqual([true, false]);
  });

  it.each([1, 20])('lets backlog and live frames go by time, %i under way', async (inFlight) => {
    const buffer = new FrameBuffer(folder);
    for (let i = 1; i <= 8; i++) store(buffer, 'event', t0 + 20 * i);
    for (let i = 1; i <= 8; i++) store(buffer, 'live', t0 + 20 * i + 10);
    broker.acknowledge = 3;
    const client = startClient({ buffer, inFlight });
    await until('some under way', () => broker.received.length >= 4);
    for (let i = 9; i <= 14; i++) client.send(i % 2 ? 'live' : 'event', t0 + 20 * i, body(i));
    broker.release();
    await within('all sent', client.drained());
    const times = broker.received.filter(({ stream }) => stream !== 'birth').map(({ tsDev }) => tsDev);
    expect(times).toHaveLength(22);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('keeps to time also where one stream goes over from one segment on disk to the next', async () => {
    const buffer = new FrameBuffer(folder);
    // About 20 kB each: 13 to a segment of 256 kB.
    for (let i = 1; i <= 30; i++) store(buffer, 'event', t0 + 20 * i, 5000);
    for (let i = 1; i <= 30; i++) store(buffer, 'live', t0 + 20 * i + 10);
    const client = startClient({ buffer });
    await within('all sent', client.drained());
    const times = broker.received.filter(({ stream }) => stream !== 'birth').map(({ tsDev }) => tsDev);
    expect(times).toHaveLength(60);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('is let in nowhere without the right authority behind the broker', async () => {
    const other = await makePki();
    const client = startClient({ identity: { ...identity, ca: other.ca } });
    client.send('event', t0, body(1));
    await until('three attempts', () => events.filter((event) => event === 'disconnected').length >= 3);
    expect(client.connected).toBe(false);
    expect(broker.received).toEqual([]);
  });
});

describe('a broken connection', () => {
  it('loses nothing and sends again only what was not acknowledged', async () => {
    broker.acknowledge = 10;
    const client = startClient({ inFlight: 5 });
    for (let i = 1; i <= 30; i++) client.send('event', t0 + i, body(i));
    // Ten acknowledged (the birth and nine events): only then are the fifteenth under way.
    await until('the window is full', () => broker.received.length === 15);
    expect(names('event')).toEqual(range('event', 1, 1, 14));
    await broker.stop();
    await until('the break was seen', () => events.includes('disconnected'));
    for (let i = 31; i <= 40; i++) client.send('event', t0 + i, body(i));
    broker.release();
    await broker.start();
    await within('all sent', client.drained());
    expect(names('birth')).toEqual(range('birth', 1, 1, 2));
    expect(names('event').slice(14)).toEqual(range('event', 1, 10, 40));
    expect(broker.received[15]).toMatchObject({ stream: 'birth', seq: 2 });
  });

  it('comes back later and later, by chance, and never waits longer than the longest wait', async () => {
    const came: number[] = [];
    const server = createTcpServer((socket) => {
      came.push(performance.now());
      socket.destroy();
      changes.emit('change');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const drawn = [1, 0, 1, 0.5];
      const { port } = server.address() as AddressInfo;
      const client = startClient({ url: `mqtts://127.0.0.1:${port}`, random: () => drawn.shift() ?? 1 });
      await until('five attempts', () => came.length === 5);
      await client.stop();
      expect(drawn).toEqual([]);
      // A timer may be a millisecond early.
      const waits = came.slice(1).map((at, i) => at - (came[i] ?? 0) + 1);
      for (const [i, least] of [20, 20, 50, 37.5].entries()) expect(waits[i]).toBeGreaterThanOrEqual(least);
    } finally {
      server.close();
    }
  });

  it('lives through several breaks in a row', async () => {
    const client = startClient({ inFlight: 4 });
    let sent = 0;
    for (let round = 1; round <= 4; round++) {
      broker.acknowledge = 6;
      const before = broker.received.length;
      for (let i = 0; i < 10; i++) client.send('event', t0 + ++sent, body(sent));
      await until('the window is full', () => broker.received.length === before + 10);
      await broker.stop();
      await until('the break was seen', () => !client.connected);
      await broker.start();
    }
    broker.release();
    await within('all sent', client.drained());
    const once = [...new Set(names('event'))];
    expect(once).toEqual(range('event', 1, 1, sent));
    // Each round four at most were under way.
    expect(names('event').length - once.length).toBeLessThanOrEqual(4 * 4);
  });
});

describe('stopping', () => {
  it('a new client on the same folder goes on with what is left, under a new boot', async () => {
    broker.acknowledge = 5;
    const first = startClient({ inFlight: 2, goodbye: 50 });
    for (let i = 1; i <= 10; i++) first.send('event', t0 + i, body(i));
    // The birth and four events acknowledged, two under way.
    await until('the window is full', () => broker.received.length === 7);
    await within('stopped', first.stop());
    broker.release();
    const before = broker.received.length;
    const second = startClient();
    second.send('event', t0 + 11, body(11));
    await within('all sent', second.drained());
    const after = broker.received.slice(before).map(nameOf);
    // What was acknowledged of a segment that is not finished is sent again by a new process; nothing is left out.
    expect(after).toEqual(['birth 2.1', ...range('event', 1, 1, 10), 'event 2.1']);
  });

  it('takes note of what is acknowledged while it says goodbye', async () => {
    broker.acknowledge = 1;
    const buffer = new FrameBuffer(folder);
    const client = startClient({ buffer });
    for (let i = 1; i <= 3; i++) client.send('event', t0 + i, body(i));
    await until('all under way', () => broker.received.length === 4);
    const stopped = client.stop();
    broker.release();
    await within('stopped', stopped);
    expect(buffer.empty).toBe(true);
    await until('goodbye heard', () => broker.goodbyes === 1);
  });

  it('does not wait for ever for a broker that acknowledges nothing', async () => {
    broker.acknowledge = 0;
    const client = startClient({ goodbye: 50 });
    client.send('event', t0, body(1));
    await until('under way', () => broker.received.length === 2);
    await within('stopped', client.stop());
    expect(client.connected).toBe(false);
  });

  it('stops at once when there is no broker', async () => {
    await broker.stop();
    const client = startClient();
    await until('an attempt failed', () => events.includes('disconnected'));
    await within('stopped', client.stop());
  });
});

describe('commands (law L5)', () => {
  it('are refused, and nothing is done', async () => {
    const client = startClient();
    await within('birth sent', client.drained());
    await until('subscribed', () => broker.subscriptions === 1);
    broker.command('{"command":"unlock"}');
    broker.command('not even JSON');
    await until('both refused', () => events.filter((event) => event.startsWith('refused-command')).length === 2);
    client.send('event', t0, body(1));
    await within('all sent', client.drained());
    expect(events).toEqual(['connected', 'refused-command {"command":"unlock"}', 'refused-command not even JSON']);
    expect(broker.received.map(nameOf)).toEqual(['birth 1.1', 'event 1.1']);
    expect(client.connected).toBe(true);
  });
});

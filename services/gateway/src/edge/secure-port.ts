import type { Express } from 'express';
import { describeError, Fault, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { http2Listener } from './http2-express';

/** Settings of the public port with TLS. */
export interface SecurePortSettings {
  readonly host: string;
  readonly port: number;
  /** Files in PEM: certificate with its chain, and key. */
  readonly certificate: string;
  readonly key: string;
  /** Asks callers for a certificate (not a must); file with the authorities that are trusted for it, if any. */
  readonly callers: { readonly ask: boolean; readonly authorities?: string | undefined };
}

const lookAgain = seconds(30);
const handshakeLimit = seconds(10);
/** A connection without a stream is closed; one with a stream of events has a heartbeat. */
const idleLimit = seconds(120);
/** A connection that we ended is cut when its caller keeps it open for longer. */
const goodbyeLimit = seconds(1);

/** Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * The public port: TLS 1.2 or 1.3, HTTP/2 or HTTP/1.1 by what the caller can. HTTP/1.1 is served by the application's
 * own server with its time limits, HTTP/2 by the same application. The certificate is read again when its files change.
 */
export class SecurePort {
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<TLSSocket>();
  private cancel: (() => void) | undefined;
  private loaded = '';

  private constructor(
    private readonly tls: ReturnType<typeof createTlsServer>,
    private readonly http2: Http2Server,
    private readonly settings: SecurePortSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Listens; rejects with a Fault when certificate and key cannot be used. `http1` serves HTTP/1.1. */
  static async open(
    settings: SecurePortSettings,
    app: Express,
    http1: Server,
    clock: Clock,
    logger: Logger,
  ): Promise<SecurePort> {
    const first = await read(settings);
    const http2 = createHttp2Server(
      {
        settings: { maxConcurrentStreams: 100, maxHeaderListSize: 16_384, enableConnectProtocol: false },
        maxHeaderListPairs: 100,
      } as Parameters<typeof createHttp2Server>[0],
      http2Listener(app),
    );
    const tls = createTlsServer({
      ...first,
      minVersion: 'TLSv1.2',
      ciphers,
      honorCipherOrder: true,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: handshakeLimit,
      requestCert: settings.callers.ask,
      // Who has none may come in too: what it is needed for asks for it.
      rejectUnauthorized: false,
    });
    const port = new SecurePort(tls, http2, settings, clock, logger);
    port.loaded = fingerprint(first);
    tls.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') return http1.emit('connection', socket);
      port.sockets.add(socket);
      socket.once('close', () => port.sockets.delete(socket));
      http2.emit('connection', socket);
    });
    // Scanners and broken handshakes are everyday on a public port.
    tls.on('tlsClientError', (error) => logger.debug({ reason: describeError(error) }, 'no TLS handshake'));
    http2.on('session', (session) => port.watch(session));
    http2.on('sessionError', (error) => logger.debug({ reason: describeError(error) }, 'an HTTP/2 connection broke'));
    await new Promise<void>((resolve, reject) => {
      tls.once('error', reject);
      tls.listen(settings.port, settings.host, resolve);
    });
    tls.on('error', (error) => logger.error({ reason: describeError(error) }, 'the public port failed'));
    port.lookLater();
    logger.info({ port: port.port, ...summary(first.cert) }, 'public port with TLS open');
    return port;
  }

  /** Where it listens. */
  get port(): number {
    return (this.tls.address() as { port: number }).port;
  }

  /** Takes new certificate files into use; keeps the old ones, and says so, when the new ones are no good. */
  async reload(): Promise<void> {
    try {
      const now = await read(this.settings);
      if (fingerprint(now) === this.loaded) return;
      this.tls.setSecureContext({ ...now, minVersion: 'TLSv1.2', ciphers, honorCipherOrder: true });
      this.loaded = fingerprint(now);
      this.logger.info(summary(now.cert), 'certificate of the public port changed');
    } catch (error) {
      this.logger.error(
        { reason: describeError(error) },
        'the new certificate of the public port cannot be used; the old one stays',
      );
    }
  }

  /** Takes no new connection; tells callers to go elsewhere, lets streams under way finish. */
  drain(): void {
    this.cancel?.();
    this.tls.close();
    for (const session of this.sessions) session.close();
  }

  /** Ends what is still there, and cuts it where the caller does not end it too. */
  close(): void {
    for (const session of this.sessions) session.destroy();
    this.clock.after(goodbyeLimit, () => {
      for (const socket of this.sockets) socket.destroy();
    });
  }

  private watch(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.once('close', () => this.sessions.delete(session));
    session.setTimeout(idleLimit, () => session.close());
  }

  private lookLater(): void {
    this.cancel = this.clock.after(lookAgain, () => {
      void this.reload().then(() => this.lookLater());
    });
  }
}

type Material = Required<Pick<SecureContextOptions, 'cert' | 'key'>> & { cert: string; key: string; ca?: string };

async function read({ certificate, key, callers }: SecurePortSettings): Promise<Material> {
  try {
    const [cert, secret] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')]);
    const authorities = callers.authorities === undefined ? {} : { ca: await readFile(callers.authorities, 'utf8') };
    const material = { cert, key: secret, ...authorities };
    // Throws when they do not belong together, as while only one file of two has been replaced.
    createSecureContext(material);
    return material;
  } catch (error) {
    throw new Fault('TLS_CERTIFICATE', `certificate and key of the public port: ${describeError(error)}`);
  }
}

const fingerprint = (material: Material): string => JSON.stringify(material);

function summary(pem: string): { subject: string; validTo: string } {
  const { subject, subjectAltName, validTo } = new X509Certificate(pem);
  return { subject: subjectAltName ?? subject, validTo };
}

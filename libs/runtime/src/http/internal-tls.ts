import { describeError, Fault, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, type AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type TlsOptions } from 'node:tls';
import type { Logger } from '../logger';

/** Files in PEM: a service's certificate with its chain, its key, and the authorities that issue for services. */
export interface InternalTlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
}

/** What the files hold. */
export interface Material {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A server whose certificate can be replaced while it listens. */
interface Reloadable {
  setSecureContext(options: TlsOptions): void;
}

const lookAgain = seconds(30);

/** Both ends are ours: nothing older is needed. */
const protocol = { minVersion: 'TLSv1.3' } as const;

/**
 * Mutual TLS between services. Each shows a certificate of the installation's own authority; a caller also checks the
 * name that it called. The files are read again when they change; new ones that cannot be used are told of, and the old stay.
 */
export class InternalTls {
  /** Connections to other services, with the certificate as it is now; kept, but shorter than the services keep them. */
  readonly agent: Agent;
  private readonly servers = new Set<Reloadable>();
  private cancel: (() => void) | undefined;

  private constructor(
    private readonly files: InternalTlsFiles,
    private material: Material,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.agent = new CurrentAgent(() => this.material);
  }

  /** Rejects with Fault `INTERNAL_TLS` when the files cannot be used. */
  static async open(files: InternalTlsFiles, clock: Clock, logger: Logger): Promise<InternalTls> {
    const tls = new InternalTls(files, await read(files), clock, logger);
    tls.lookLater();
    return tls;
  }

  /** For a server that lets in only who has a certificate of the authority. */
  get serverOptions(): Material & Pick<TlsOptions, 'minVersion' | 'requestCert' | 'rejectUnauthorized'> {
    return { ...this.material, ...protocol, requestCert: true, rejectUnauthorized: true };
  }

  /** Gives a server every new certificate. */
  serve(server: Reloadable): void {
    this.servers.add(server);
  }

  /** Takes changed files into use. */
  async reload(): Promise<void> {
    try {
      const now = await read(this.files);
      if (fingerprint(now) === fingerprint(this.material)) return;
      this.material = now;
      for (const server of this.servers) server.setSecureContext(this.serverOptions);
      this.logger.info({ notAfter: new X509Certificate(now.cert).validTo }, 'certificate between services changed');
    } catch (error) {
      this.logger.error({ reason: describeError(error) }, 'the new certificate between services cannot be used');
    }
  }

  /** Stops looking at the files, and lets go of connections. */
  close(): void {
    this.cancel?.();
    this.agent.destroy();
  }

  private lookLater(): void {
    this.cancel = this.clock.after(lookAgain, () => {
      void this.reload().then(() => this.lookLater());
    });
  }
}

class CurrentAgent extends Agent {
  constructor(private readonly material: () => Material) {
    super({ keepAlive: true, maxSockets: 512, maxFreeSockets: 64, timeout: 4000 });
  }

  override createConnection(
    options: AgentOptions & { readonly host?: string; readonly expectedName?: string },
    made?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    // Node would take the name from the Host header, which at sign-in is that of the public address.
    const name = options.expectedName ?? options.host ?? '';
    const servername = isIP(name) ? '' : name;
    const current = { ...options, ...this.material(), ...protocol, servername, rejectUnauthorized: true };
    return super.createConnection(current, made);
  }
}

async function read({ certificate, key, authorities }: InternalTlsFiles): Promise<Material> {
  try {
    const [cert, secret, ca] = await Promise.all([certificate, key, authorities].map((file) => readFile(file, 'utf8')));
    const material = { cert: cert ?? '', key: secret ?? '', ca: ca ?? '' };
    // Throws when they do not belong together, as while only one file of two has been replaced.
    createSecureContext(material);
    new X509Certificate(material.ca);
    return material;
  } catch (error) {
    throw new Fault('INTERNAL_TLS', `certificate, key and authority between services: ${describeError(error)}`);
  }
}

const fingerprint = ({ cert, key, ca }: Material): string =>
  createHash('sha256').update(cert).update(key).update(ca).digest('hex');

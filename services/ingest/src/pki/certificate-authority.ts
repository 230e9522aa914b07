import type { Clock, SecretStore } from '@quaywatch/ports';
import { Fault, type Decision } from '@quaywatch/kernel';
import { issueDevice, makeAuthority, makeServer, type Credentials, type IssuedCertificate } from './certificates';

const encode = (credentials: Credentials): Uint8Array => new TextEncoder().encode(JSON.stringify(credentials));
const decode = (bytes: Uint8Array): Credentials => JSON.parse(new TextDecoder().decode(bytes)) as Credentials;

/** The private CA of the devices; made at the first start, its key is a secret that only this service reads. */
export class CertificateAuthority {
  private constructor(
    private readonly authority: Credentials,
    private readonly clock: Clock,
    /** Life of a device certificate, ms. */
    private readonly life: number,
  ) {}

  /** Opens the CA, or makes it when there is none. */
  static async open(secrets: SecretStore, clock: Clock, life: number): Promise<CertificateAuthority> {
    const bytes = await secrets.ensure('device-ca', async () => encode(await makeAuthority('Quaywatch device CA', clock.now())));
    return new CertificateAuthority(decode(bytes), clock, life);
  }

  /** Certificate of the CA, PEM: what devices and the TLS port trust. */
  get certificate(): string {
    return this.authority.certificatePem;
  }

  /** Key and certificate for the TLS port, fresh at each start. */
  server(names: readonly string[]): Promise<Credentials> {
    if (names.length === 0) throw new Fault('CONFIG_INVALID', 'the MQTT port needs at least one name for its certificate');
    return makeServer(this.authority, names, this.clock.now());
  }

  /** A device's certificate from its signing request. */
  issue(btu: string, csrPem: string): Promise<Decision<IssuedCertificate>> {
    return issueDevice(this.authority, btu, csrPem, this.clock.now(), this.life);
  }
}

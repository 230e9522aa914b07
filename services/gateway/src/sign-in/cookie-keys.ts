import { Fault, minutes } from '@quaywatch/kernel';
import type { Clock, SecretStore } from '@quaywatch/ports';

const secretName = 'gateway-cookie-keys';

/** The signing keys of the cookies; made when there are none and they may be made. Read again each minute: they rotate without a restart. */
export class CookieKeys {
  private known: { readonly keys: readonly string[]; readonly until: number } | undefined;
  private reading: Promise<readonly string[]> | undefined;

  constructor(
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
  ) {}

  /** Newest first, never none; the same array while they are the same. */
  async all(): Promise<readonly string[]> {
    if (this.known && this.known.until > this.clock.now()) return this.known.keys;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<readonly string[]> {
    const bytes = await this.secrets.ensure(secretName, () =>
      new TextEncoder().encode(Buffer.from(this.clock.random(32)).toString('base64url')),
    );
    const text = new TextDecoder().decode(bytes).trim();
    if (text.length < 32) throw new Fault('SECRET_INVALID', `secret ${secretName} is too short`);
    const keys = this.known?.keys.join(' ') === text.split(/\s+/).join(' ') ? this.known.keys : text.split(/\s+/);
    this.known = { keys, until: this.clock.now() + minutes(1) };
    return keys;
  }
}

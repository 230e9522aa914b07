import { describeError, hours, minutes } from '@quaywatch/kernel';
import { X509Certificate } from 'node:crypto';
import { EstClient } from './est-client';
import { freshRequest, replaceIdentity, type Identity } from './identity';

/** How a device renews its certificate. */
export interface RenewalOptions {
  /** Enrolment server, `https://host:port`. */
  readonly url: string;
  readonly serial: string;
  readonly folder: string;
  readonly identity: Identity;
  /** Called with each new identity, once it is safe on disk. */
  readonly onRenewed: (identity: Identity) => void;
  readonly onFailed?: (reason: string) => void;
  /** Share of the certificate's life after which it is renewed; two thirds by default. */
  readonly after?: number;
  /** Longest wait between two looks at the clock, ms. */
  readonly every?: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

/**
 * Renews a device's certificate by itself, with a fresh key, well before its end. A refusal or a silent server is tried
 * again, at longer and longer intervals, as long as the present certificate lives; nothing of the present identity is
 * touched before the new one is on disk.
 */
export class Renewal {
  private readonly client: EstClient;
  private identity: Identity;
  private timer: NodeJS.Timeout | undefined;
  private wait: number = minutes(1);
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly options: RenewalOptions) {
    this.client = new EstClient(options.url);
    this.identity = options.identity;
    this.plan();
  }

  /** When the present certificate is to be renewed, ms UTC. */
  get due(): number {
    const { validFrom, validTo } = new X509Certificate(this.identity.certificate);
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    return from + (to - from) * (this.options.after ?? 2 / 3);
  }

  /** Stops; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Renews now. */
  async renew(): Promise<void> {
    const { serial, folder } = this.options;
    const { key, csr } = await freshRequest(serial);
    const { certificate, ca } = await this.client.renew(this.identity, csr);
    const identity = { key, certificate, ca };
    await replaceIdentity(folder, identity);
    this.identity = identity;
    if (!this.stopped) this.options.onRenewed(identity);
  }

  private plan(wait?: number): void {
    if (this.stopped) return;
    const { now = Date.now, random = Math.random, every = hours(1) } = this.options;
    // A fleet that was enrolled in one hour need not come back in one hour.
    const delay = wait ?? Math.min(every, Math.max(0, this.due - now()) + every * 0.1 * random());
    this.timer = setTimeout(() => {
      this.running = this.look(now);
    }, delay);
    this.timer.unref();
  }

  private async look(now: () => number): Promise<void> {
    if (now() < this.due) return this.plan();
    try {
      await this.renew();
      this.wait = minutes(1);
      this.plan();
    } catch (error) {
      this.options.onFailed?.(describeError(error));
      this.plan(
        Math.min(this.wait, this.options.every ?? hours(1)) * (0.5 + 0.5 * (this.options.random ?? Math.random)()),
      );
      this.wait = Math.min(hours(6), this.wait * 2);
    }
  }
}

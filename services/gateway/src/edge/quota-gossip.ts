import { describeError, Fault, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { Quotas, QuotaShare } from './quotas';

/** Where the gateways of an installation hear each other. */
export interface GossipSettings {
  readonly port: number;
  readonly host: string;
  /** `host:port` of the others (itself may be among them); every address of a name counts, as of a headless service. */
  readonly peers: readonly string[];
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const tellEvery = 250;
const lookUpEvery = seconds(10);
const [version, head, share, tag] = [1, 9, 20, 16];
/** Fits into one packet on any network. */
const mostShares = 55;

/**
 * Tells the other gateways what was counted, four times a second over UDP, and learns what they tell. Datagrams are
 * authenticated with a key made from the cookies' key, which all gateways have; they hold hashes and counts only.
 */
export class QuotaGossip {
  private addresses: readonly Address[] = [];
  private readonly id: Buffer;
  private readonly timers = new Set<() => void>();

  private constructor(
    private readonly socket: Socket,
    private readonly quotas: Quotas,
    private readonly keys: () => Promise<readonly string[]>,
    private readonly settings: GossipSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.id = Buffer.from(clock.random(8));
  }

  /** Binds the port; rejects with a Fault when that cannot be done. */
  static async open(
    settings: GossipSettings,
    quotas: Quotas,
    keys: () => Promise<readonly string[]>,
    clock: Clock,
    logger: Logger,
  ): Promise<QuotaGossip> {
    const socket = createSocket({ type: settings.host.includes(':') ? 'udp6' : 'udp4' });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) =>
        reject(new Fault('QUOTA_PORT', `UDP port ${settings.port} for quotas: ${describeError(error)}`)),
      );
      socket.bind(settings.port, settings.host, resolve);
    });
    const gossip = new QuotaGossip(socket, quotas, keys, settings, clock, logger);
    socket.removeAllListeners('error').on('error', (error) => gossip.complain(error));
    socket.on('message', (datagram) => void gossip.hear(datagram).catch((error: unknown) => gossip.complain(error)));
    await gossip.lookUp();
    gossip.every(lookUpEvery, () => gossip.lookUp());
    gossip.every(tellEvery, () => gossip.tell());
    return gossip;
  }

  /** Tells the rest and lets go of the port. */
  async close(): Promise<void> {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    await this.tell().catch(() => undefined);
    await new Promise<void>((resolve) => this.socket.close(resolve));
  }

  /** Tells now what was counted since. */
  async tell(): Promise<void> {
    const shares = this.quotas.shares();
    if (shares.length === 0 || this.addresses.length === 0) return;
    const [key = ''] = await this.keys();
    for (let i = 0; i < shares.length; i += mostShares) {
      const datagram = written(this.id, shares.slice(i, i + mostShares), key);
      await Promise.all(
        this.addresses.map(
          ({ host, port }) => new Promise<void>((resolve) => this.socket.send(datagram, port, host, () => resolve())),
        ),
      );
    }
  }

  private async hear(datagram: Buffer): Promise<void> {
    for (const key of await this.keys()) {
      const found = readDatagram(datagram, key);
      if (!found) continue;
      if (!found.id.equals(this.id))
        for (const one of found.shares) this.quotas.learn(found.id.toString('base64url'), one);
      return;
    }
  }

  private async lookUp(): Promise<void> {
    const found: Address[] = [];
    for (const peer of this.settings.peers) {
      const [, host = '', port] = /^\[?(.+?)\]?:(\d+)$/.exec(peer) ?? [];
      try {
        const family = this.settings.host.includes(':') ? 6 : 4;
        for (const { address } of await lookup(host, { all: true, family }))
          found.push({ host: address, port: Number(port) });
      } catch (error) {
        // A headless service without a ready pod has no address: that is no fault.
        this.logger.debug({ host, reason: describeError(error) }, 'no address of another gateway');
      }
    }
    this.addresses = found;
  }

  private complain(error: unknown): void {
    this.logger.warn({ reason: describeError(error) }, 'quotas are not shared with other gateways right now');
  }

  private every(period: number, work: () => Promise<void>): void {
    let cancel = (): void => undefined;
    const plan = (): void => {
      this.timers.delete(cancel);
      cancel = this.clock.after(period, () => {
        work().catch((error: unknown) => this.complain(error));
        plan();
      });
      this.timers.add(cancel);
    };
    plan();
  }
}

const signature = (body: Buffer, key: string): Buffer =>
  createHmac('sha256', `quotas ${key}`).update(body).digest().subarray(0, tag);

/** A datagram: version, id of the gateway, shares (hash 12 bytes, window and count 4 each), tag. */
export function written(id: Buffer, shares: readonly QuotaShare[], key: string): Buffer {
  const body = Buffer.alloc(head + shares.length * share);
  body[0] = version;
  id.copy(body, 1);
  for (const [i, { hash, window, count }] of shares.entries()) {
    const at = head + i * share;
    Buffer.from(hash, 'base64url').copy(body, at);
    body.writeUInt32BE(window, at + 12);
    body.writeUInt32BE(Math.min(count, 0xffffffff), at + 16);
  }
  return Buffer.concat([body, signature(body, key)]);
}

/** What a datagram says; undefined when it is not one of ours. */
export function readDatagram(datagram: Buffer, key: string): { id: Buffer; shares: QuotaShare[] } | undefined {
  const end = datagram.length - tag;
  if (end < head || (end - head) % share !== 0 || datagram[0] !== version) return undefined;
  const body = datagram.subarray(0, end);
  if (!timingSafeEqual(signature(body, key), datagram.subarray(end))) return undefined;
  const shares = Array.from({ length: (end - head) / share }, (_, i) => {
    const at = head + i * share;
    return {
      hash: body.subarray(at, at + 12).toString('base64url'),
      window: body.readUInt32BE(at + 12),
      count: body.readUInt32BE(at + 16),
    };
  });
  return { id: body.subarray(1, head), shares };
}

import { Duplex } from 'node:stream';
import type { BrokerLimits } from './broker-limits';
import type { IntakeBudget, Reader } from './intake-budget';
import {
  checkAfterTopic,
  checkBody,
  checkFirstByte,
  checkLength,
  keepAliveOf,
  packetType,
  unsupportedVersion,
  type Breach,
} from './mqtt-rules';
import type { RateLimit } from './rate-limit';

/** What guards share. */
export interface GuardPost {
  readonly limits: BrokerLimits;
  readonly budget: IntakeBudget;
  /** Steady clock, ms. */
  now(): number;
  /** Told of each connection that is ended, and of each limit that was met without ending it. */
  refused(guard: FrameGuard, cause: string): void;
}

/** Takes a PUBLISH of QoS 0 or 1 in place of the broker; calls back when it is settled, perhaps before it returns. */
export type Taker = (
  message: {
    readonly topic: string;
    /** The payload is `bytes[from, end)`. */
    readonly bytes: Buffer;
    readonly from: number;
    readonly end: number;
    readonly retain: boolean;
  },
  done: (error?: unknown) => void,
) => void;

/** A PUBLISH of QoS 1 that the taker has. */
interface Taken {
  readonly id: number;
  settled: boolean;
}

type Phase = 'connect' | 'admission' | 'open' | 'ended';

const pingresp = Buffer.from([0xd0, 0]);
const nothing = Buffer.alloc(0);
/** How long a PINGREQ waits for the PUBLISH before it, ms. */
const patience = 1000;
/** First size of the buffer in which a packet is collected, bytes. */
const smallest = 512;

/**
 * Stands between a socket and the broker. Judges each packet of MQTT 3.1.1 by its fixed header before its body is taken
 * in and by its body before the broker sees it, and hands over whole packets only; what breaks a rule or a limit ends
 * the connection. Answers PINGREQ itself while a PUBLISH waits for the log, so that neither end takes the other for
 * dead. Reads on only while what it handed over is being settled (`settle`), so that memory stays bounded.
 * With a taker, a PUBLISH of QoS 0 or 1 goes to it and never to the broker; the guard itself sends the PUBACKs, in the order of
 * the PUBLISHes [MQTT-4.6.0-2] and as many at a time as there are.
 */
export class FrameGuard extends Duplex implements Reader {
  private phase: Phase = 'connect';
  /** Bytes that are not judged yet; of which the first `filled` count when a packet is being collected. */
  private rest: Buffer | undefined;
  private filled = 0;
  private need = 0;
  private readonly openedAt: number;
  private lastPacketAt: number;
  private partialSince = 0;
  private keepAlive = 0;
  /** PINGREQs behind a PUBLISH that is not settled. */
  private pings = 0;
  private pingedAt = 0;
  private held = 0;
  private unsettled = 0;
  private unsettledBytes = 0;
  private sleeping = false;
  private downstreamFull = false;
  private paused = false;
  private scanning = false;
  private pacing: NodeJS.Timeout | undefined;
  private rates: readonly { readonly name: string; readonly limit: RateLimit }[] = [];
  private parting: Buffer | undefined;
  private taker: Taker | undefined;
  /** What the taker has, oldest first. */
  private readonly taken: Taken[] = [];
  private flushing = false;
  /** The topic of the last PUBLISH that was taken, as it came and as text: mostly the next one has the same. */
  private topic = '';
  private topicBytes: Buffer = nothing;

  constructor(
    readonly wire: Duplex,
    private readonly post: GuardPost,
  ) {
    super({ allowHalfOpen: false, readableHighWaterMark: 65_536 });
    this.openedAt = this.lastPacketAt = post.now();
    wire.on('data', (chunk: Buffer) => this.onData(chunk));
    wire.on('end', () => this.push(null));
    wire.on('close', () => this.destroy());
    wire.on('error', (error) => this.destroy(error));
    post.budget.join(this);
  }

  /** PUBLISH packets handed over and not settled. */
  get underWay(): number {
    return this.unsettled;
  }

  /** The client was let in (its CONNACK is sent): what it sent after CONNECT goes on to the broker. */
  open(rates: readonly { readonly name: string; readonly limit: RateLimit }[] = [], taker?: Taker): void {
    if (this.phase !== 'admission') return;
    this.phase = 'open';
    this.rates = rates;
    this.taker = taker;
    this.goOn();
  }

  /** A PUBLISH of this remaining length is done with, stored or refused. */
  settle(bytes: number): void {
    if (this.unsettled === 0) return;
    this.unsettled--;
    this.unsettledBytes -= bytes;
    this.release(bytes);
    // After all others that are settled in this turn: they go out together.
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  /** Ends the connection for a reason that is counted. */
  refuse(breach: Breach): void {
    if (this.destroyed) return;
    this.post.refused(this, breach.cause);
    this.phase = 'ended';
    if (breach.connack)
      this.parting = Buffer.from(
        breach.connack === unsupportedVersion ? [0x20, 3, 0, unsupportedVersion, 0] : [0x20, 2, 0, breach.connack],
      );
    this.destroy(new Error(breach.cause));
  }

  /** Looks at what time forbids; call it about twice a second. */
  tick(now: number): void {
    const { limits } = this.post;
    if (this.pings > 0 && now - this.pingedAt > patience) this.answerPings();
    if (this.phase === 'connect') {
      if (now - this.openedAt > limits.connectFor) this.refuse({ cause: 'no CONNECT in time' });
      return;
    }
    // While we do not read, silence is ours.
    if (this.phase === 'admission' || this.paused) {
      this.lastPacketAt = now;
      if (this.partialSince > 0) this.partialSince = now;
      return;
    }
    if (this.keepAlive > 0 && now - this.lastPacketAt > this.keepAlive * 1500)
      this.refuse({ cause: 'keep-alive [MQTT-3.1.2-24]' });
    else if (this.partialSince > 0 && now - this.partialSince > limits.packetFor)
      this.refuse({ cause: 'packet not whole in time' });
    else if (this.keepAlive === 0 && now - this.lastPacketAt > limits.silentFor) this.refuse({ cause: 'silent' });
  }

  sleep(): void {
    this.sleeping = true;
    this.stopReading();
  }

  wake(): void {
    this.sleeping = false;
    this.goOn();
  }

  override write(chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    if (this.writableLength > this.post.limits.outboundBytes) {
      this.refuse({ cause: 'slow consumer' });
      return false;
    }
    return super.write(chunk as never, encoding as never, done as never);
  }

  override _read(): void {
    if (!this.downstreamFull) return;
    this.downstreamFull = false;
    this.goOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.wire.write(chunk, done);
  }

  // Without _writev every packet would be a TLS record and a system call of its own.
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.wire.write(chunks.length === 1 ? chunks[0]?.chunk : Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.wire.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.phase = 'ended';
    clearTimeout(this.pacing);
    this.rest = undefined;
    this.post.budget.leave(this);
    this.release(this.held);
    this.unsettled = this.unsettledBytes = 0;
    if (error?.message === 'drain timeout') this.post.refused(this, 'slow consumer');
    if (this.parting && !this.wire.destroyed) {
      const { wire } = this;
      wire.removeAllListeners('data');
      wire.resume();
      const last = setTimeout(() => wire.destroy(), 1000);
      wire.once('close', () => clearTimeout(last));
      wire.end(this.parting, () => wire.destroy());
    } else this.wire.destroy();
    done(error);
  }

  private onData(chunk: Buffer): void {
    if (this.phase === 'ended') return;
    this.held += chunk.length;
    if (this.rest) this.collect(chunk);
    else this.rest = chunk;
    this.post.budget.take(chunk.length);
    this.goOn();
  }

  /** Adds to the packet that is being collected; grows as bytes come, not as its header promises. */
  private collect(chunk: Buffer): void {
    let rest = this.rest as Buffer;
    if (this.filled === 0) this.filled = rest.length;
    const total = this.filled + chunk.length;
    if (total > rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(total, Math.min(this.need, 2 * total), smallest));
      rest.copy(larger, 0, 0, this.filled);
      this.rest = rest = larger;
    }
    chunk.copy(rest, this.filled);
    this.filled = total;
  }

  private goOn(): void {
    if (this.destroyed || this.scanning) return;
    this.scanning = true;
    this.scan();
    this.scanning = false;
    if (this.destroyed) return;
    if (this.blocked()) this.stopReading();
    else if (this.paused) {
      this.paused = false;
      this.wire.resume();
    }
  }

  /** Sends the PUBACKs that are due, answers pings, reads on. */
  private flush(): void {
    this.flushing = false;
    if (this.destroyed) return;
    let due = 0;
    while (this.taken[due]?.settled) due++;
    if (due > 0) {
      const pubacks = Buffer.allocUnsafe(4 * due);
      let at = 0;
      for (const { id } of this.taken.splice(0, due)) {
        pubacks[at++] = 0x40;
        pubacks[at++] = 2;
        pubacks[at++] = id >> 8;
        pubacks[at++] = id & 255;
      }
      this.write(pubacks);
    }
    if (this.unsettled === 0 && this.pings > 0) this.answerPings();
    this.goOn();
  }

  /** Gives the PUBLISH whose body is `bytes[body, end)` to the taker. */
  private giveTo(taker: Taker, first: number, bytes: Buffer, body: number, end: number): void {
    const topicEnd = body + 2 + word(bytes, body);
    const qos1 = (first & 2) !== 0;
    const entry = { id: qos1 ? word(bytes, topicEnd) : 0, settled: false };
    if (qos1) this.taken.push(entry);
    if (!this.isSameTopic(bytes, body)) {
      this.topicBytes = Buffer.from(bytes.subarray(body, topicEnd));
      this.topic = bytes.toString('utf8', body + 2, topicEnd);
    }
    const from = qos1 ? topicEnd + 2 : topicEnd;
    taker({ topic: this.topic, bytes, from, end, retain: (first & 1) !== 0 }, (error) => {
      if (this.destroyed) return;
      if (error !== undefined) return void this.destroy(new Error('not taken'));
      entry.settled = true;
      this.settle(end - body);
    });
  }

  /** The topic at `at`, with its length, is that of the last PUBLISH that was taken. */
  private isSameTopic(bytes: Buffer, at: number): boolean {
    const { topicBytes } = this;
    const { length } = topicBytes;
    if (length === 0) return false;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== topicBytes[i]) return false;
    return true;
  }

  private stopReading(): void {
    if (this.paused) return;
    this.paused = true;
    this.wire.pause();
  }

  private answerPings(): void {
    for (; this.pings > 0 && !this.destroyed; this.pings--) this.write(pingresp);
  }

  private blocked(): boolean {
    const { limits } = this.post;
    return (
      this.sleeping ||
      this.downstreamFull ||
      this.phase === 'admission' ||
      this.pacing !== undefined ||
      this.unsettled >= limits.unacknowledged ||
      this.unsettledBytes >= limits.unacknowledgedBytes
    );
  }

  private scan(): void {
    const rest = this.rest;
    if (!rest || (this.filled > 0 && this.filled < this.need)) return;
    const bytes = this.filled > 0 ? rest.subarray(0, this.filled) : rest;
    this.filled = 0;
    this.need = 0;
    let from = 0;
    let at = 0;
    const now = this.post.now();
    // What fell asleep with bytes in hand still judges them: asleep means no further reading.
    while (at < bytes.length && !this.blockedForNext()) {
      const first = bytes[at] as number;
      const type = first >> 4;
      let length = 0;
      let body = at + 1;
      let more = true;
      for (let unit = 1; more && body < bytes.length && unit <= 2_097_152; unit *= 128) {
        const byte = bytes[body++] as number;
        length += (byte & 127) * unit;
        more = byte >= 128;
      }
      const headerDone = !more;
      const breach = this.checkHeader(first, type, headerDone, length, body - at);
      if (breach) return this.refuse(breach);
      const end = body + length;
      if (!headerDone || end > bytes.length) {
        this.need = headerDone ? end - at : body - at + 1;
        break;
      }
      const wrong =
        type === packetType.publish && this.isSameTopic(bytes, body)
          ? checkAfterTopic(first, bytes, body, end)
          : checkBody(first, bytes, body, end, this.post.limits);
      if (wrong) return this.refuse(wrong);
      this.lastPacketAt = now;
      if (type === packetType.publish) {
        if (this.mustWait(now)) break;
        this.unsettled++;
        this.unsettledBytes += length;
        this.release(body - at);
        if (this.taker && (first & 4) === 0) {
          this.hand(bytes, from, at);
          from = end;
          this.giveTo(this.taker, first, bytes, body, end);
        }
      } else {
        this.release(end - at);
        if (type === packetType.connect) {
          this.keepAlive = keepAliveOf(bytes, body);
          this.phase = 'admission';
        } else if (type === packetType.disconnect) this.phase = 'ended';
        else if (type === packetType.pingreq && this.unsettled > 0) {
          this.hand(bytes, from, at);
          from = end;
          if (this.pings++ === 0) this.pingedAt = this.lastPacketAt;
        }
      }
      at = end;
      if (this.destroyed) return;
    }
    this.hand(bytes, from, at);
    if (this.destroyed) return;
    this.keep(bytes, at);
  }

  private blockedForNext(): boolean {
    if (this.phase === 'ended') return true;
    const sleeping = this.sleeping;
    this.sleeping = false;
    const blocked = this.blocked();
    this.sleeping = sleeping;
    return blocked;
  }

  private checkHeader(first: number, type: number, done: boolean, length: number, taken: number): Breach | undefined {
    const wrong = checkFirstByte(first);
    if (wrong) return wrong;
    if (this.phase === 'connect' ? type !== packetType.connect : type === packetType.connect)
      return {
        cause: type === packetType.connect ? 'second CONNECT [MQTT-3.1.0-2]' : 'no CONNECT first [MQTT-3.1.0-1]',
      };
    if (!done) return taken >= 5 ? { cause: 'malformed remaining length [MQTT-2.2.3]' } : undefined;
    const { limits } = this.post;
    if (length > (type === packetType.connect ? limits.connectBytes : limits.packetBytes))
      return { cause: 'packet too large' };
    return checkLength(type, length);
  }

  /** True when a rate is used up: the rest waits. */
  private mustWait(now: number): boolean {
    for (const { name, limit } of this.rates) {
      const wait = limit.wait(now);
      if (wait === 0) continue;
      this.post.refused(this, name);
      this.pacing = setTimeout(() => {
        this.pacing = undefined;
        this.goOn();
      }, wait);
      return true;
    }
    for (const { limit } of this.rates) limit.take();
    return false;
  }

  private hand(bytes: Buffer, from: number, to: number): void {
    if (to > from && !this.push(bytes.subarray(from, to))) this.downstreamFull = true;
  }

  private keep(bytes: Buffer, at: number): void {
    if (at >= bytes.length || this.phase === 'ended') {
      this.rest = undefined;
      this.partialSince = 0;
      if (this.phase === 'ended') this.release(this.held - this.unsettledBytes);
      return;
    }
    // A few bytes must not keep the whole chunk alive.
    const left = bytes.length - at;
    this.rest = left < 1024 && bytes.length > 4096 ? Buffer.from(bytes.subarray(at)) : bytes.subarray(at);
    this.partialSince = this.need > left ? this.post.now() : 0;
    if (this.need > 0) this.filled = left;
  }

  private release(bytes: number): void {
    if (bytes <= 0) return;
    this.held -= bytes;
    this.post.budget.give(bytes);
  }
}

const word = (bytes: Buffer, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

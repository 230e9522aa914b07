import { commandTopic, deviceTopic, statusTopic, type DeviceStream, type NativeFrame } from '@quaywatch/contracts';
import { describeError, Fault, minutes, seconds } from '@quaywatch/kernel';
import { connect, type MqttClient } from 'mqtt';
import { performance } from 'node:perf_hooks';
import type { FrameBuffer, WaitingFrame } from './frame-buffer';
import { CommandAnswers, type CommandHandler } from './command-answers';
import type { Identity } from './identity';

/** How a BTU connects. */
export interface BtuOptions {
  /** `mqtts://host:port`. */
  readonly url: string;
  /** BTU serial: also client id and CN of the certificate. */
  readonly serial: string;
  /** Spreader serial as the device believes; informative. */
  readonly spreader: string | null;
  readonly firmware: string;
  readonly signals: readonly { signal: string; unit: string }[];
  readonly identity: Identity;
  readonly buffer: FrameBuffer;
  /** First and longest wait before connecting again, ms; each wait is drawn between half and all of it. */
  readonly backOff?: { readonly first: number; readonly longest: number };
  /** Most messages without a PUBACK. */
  readonly inFlight?: number;
  /** Least time between two stored frames sent, ms: keeps a backlog from drowning the platform. */
  readonly pace?: number;
  /** Longest wait for acknowledgements and for the broker when stopping, ms; default 5 s. */
  readonly goodbye?: number;
  /** Carries out commands; without it only `rebirth` is. What is no command of the contract never gets there. */
  readonly onCommand?: CommandHandler;
  /** How good the radio link is; absent = wired or not known. */
  readonly signal?: () => { readonly technology: string; readonly dbm: number } | null;
  /** Time between two status messages, ms; default 1 min. */
  readonly statusEvery?: number;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly onEvent?: (event: 'connected' | 'disconnected' | 'refused-command', detail: string) => void;
}

/** Streams that go before all others, in the order of their worth; the others go by time, oldest first. */
const first: readonly DeviceStream[] = ['birth', 'gap', 'alarm', 'move', 'hist'];

/** A frame's body by stream. */
export type Body<S extends DeviceStream> = Extract<NativeFrame, { stream: S }>['body'];

/**
 * The device side: stores every frame on disk first, sends it at QoS 1 when connected, and lets it go only after the
 * PUBACK. Connects again by itself with jittered back-off. Commands are checked against the contract and answered; all
 * else is refused: a BTU takes no machine control (law L5).
 */
export class BtuClient {
  private client: MqttClient | undefined;
  private readonly underWay = new Set<WaitingFrame>();
  private wait: number;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private pumpTimer: NodeJS.Timeout | undefined;
  private syncTimer: NodeJS.Timeout | undefined;
  private statusTimer: NodeJS.Timeout | undefined;
  private statusEvery: number;
  private readonly answers: CommandAnswers;
  private stopped = false;
  private nextSendAt = 0;
  private online = false;
  private isBorn = false;
  private readonly waiters: (() => void)[] = [];

  private identity: Identity;

  constructor(private readonly options: BtuOptions) {
    this.identity = options.identity;
    this.statusEvery = options.statusEvery ?? minutes(1);
    this.answers = new CommandAnswers(options.serial, {
      rebirth: () => this.birth(),
      handle: options.onCommand,
      now: () => this.now,
    });
    this.wait = this.backOff.first;
  }

  /** Shows this identity from now on: ends the session, if there is one, and connects again. */
  useIdentity(identity: Identity): void {
    this.identity = identity;
    if (this.online && this.client) void this.client.endAsync().catch(() => undefined);
  }

  /** Starts to connect; returns at once. */
  start(): void {
    this.stopped = false;
    this.syncTimer = setInterval(() => this.options.buffer.sync(), seconds(1));
    this.connect();
  }

  /** Stores a frame and sends it when it can. `at` is the device time of the body. */
  send<S extends DeviceStream>(stream: S, at: number, body: Body<S>): void {
    const { buffer } = this.options;
    const frame = {
      v: 1,
      stream,
      sid: this.options.spreader,
      bid: this.options.serial,
      boot: buffer.boot,
      seq: buffer.nextSeq(stream),
      tsDev: at,
      up: Math.max(0, Math.round(performance.now())),
      cq: 'NTP',
      body,
      storedAt: this.online ? 0 : this.now,
    } as unknown as WaitingFrame;
    for (const dropped of buffer.push(frame)) this.send('gap', at, dropped);
    this.pump();
  }

  /** True while connected. */
  get connected(): boolean {
    return this.online;
  }

  /** True when the platform has acknowledged a birth message of this start. */
  get born(): boolean {
    return this.isBorn;
  }

  /** Resolves when everything stored was acknowledged. */
  async drained(): Promise<void> {
    while (!this.options.buffer.empty) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  /** Says goodbye and stops; what was not acknowledged stays on disk. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.reconnectTimer);
    clearTimeout(this.pumpTimer);
    clearInterval(this.syncTimer);
    clearTimeout(this.statusTimer);
    this.online = false;
    // What is acknowledged from here on still counts; a broker that is silent is not waited for without end.
    if (this.client) await this.end(this.client);
    this.client = undefined;
    this.options.buffer.rewind();
    this.options.buffer.close();
  }

  private async end(client: MqttClient): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.options.goodbye ?? seconds(5));
    });
    await Promise.race([client.endAsync(!client.connected).catch(() => undefined), silent]);
    clearTimeout(timer);
    client.stream.destroy();
  }

  private get now(): number {
    return (this.options.now ?? Date.now)();
  }

  private get backOff(): { first: number; longest: number } {
    return this.options.backOff ?? { first: seconds(2), longest: minutes(5) };
  }

  private connect(): void {
    if (this.stopped) return;
    const { url, serial } = this.options;
    const { identity } = this;
    const state = deviceTopic(serial, 'state');
    const client = connect(url, {
      clientId: serial,
      key: identity.key,
      cert: identity.certificate,
      ca: identity.ca,
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
      // Waiting is done here, with jitter.
      reconnectPeriod: 0,
      connectTimeout: seconds(20),
      will: { topic: state, payload: Buffer.from(JSON.stringify({ online: false, at: null })), qos: 1, retain: false },
    });
    this.client = client;
    client.once('connect', () => {
      (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
      this.wait = this.backOff.first;
      this.online = true;
      this.options.onEvent?.('connected', url);
      client.subscribe(commandTopic(serial), { qos: 1 }, () => undefined);
      this.birth();
      this.tellStatus();
    });
    client.on('message', (_topic, payload) => {
      const answer = this.answers.take(payload);
      if (!answer) this.options.onEvent?.('refused-command', payload.toString('utf8').slice(0, 200));
      else void answer.then(({ topic, text }) => client.publish(topic, text, { qos: 1 }, () => undefined));
    });
    client.on('error', (error) => this.options.onEvent?.('disconnected', describeError(error)));
    client.once('close', () => this.lost(client));
  }

  private birth(): void {
    this.send('birth', this.now, { firmware: this.options.firmware, signals: [...this.options.signals] });
  }

  /** Publishes at QoS 1 what is not stored here; rejects when it is not acknowledged. */
  async publishNow(topic: string, text: string): Promise<void> {
    const { client } = this;
    if (!client || !this.online) throw new Fault('BTU_OFFLINE', 'there is no connection', { retryable: true });
    await new Promise<void>((resolve, reject) => {
      const gone = (): void => reject(new Fault('BTU_OFFLINE', 'the connection was lost', { retryable: true }));
      client.once('close', gone);
      client.publish(topic, text, { qos: 1 }, (error) => {
        client.off('close', gone);
        if (error) gone();
        else resolve();
      });
    });
  }

  /** Sets the time between two status messages, ms. */
  setStatusEvery(every: number): void {
    this.statusEvery = every;
    if (this.online) this.tellStatus();
  }

  /** Tells how the device is, now and then again; nothing of it is stored: an old status is of no use. */
  private tellStatus(): void {
    clearTimeout(this.statusTimer);
    const { client } = this;
    if (!client || !this.online || this.stopped) return;
    const { buffer, serial, signal } = this.options;
    const oldest = Math.min(
      ...(['alarm', 'move', 'hist', 'event', 'live'] as const).map((stream) => buffer.nextAt(stream)),
    );
    const status = {
      v: 1,
      at: this.now,
      buffer: { frames: null, bytes: buffer.bytes, oldestAt: Number.isFinite(oldest) ? oldest : null },
      signal: signal?.() ?? null,
    };
    // Not worth a second try: the next one says more.
    client.publish(statusTopic(serial), JSON.stringify(status), { qos: 0 }, () => undefined);
    this.statusTimer = setTimeout(() => this.tellStatus(), this.statusEvery);
    this.statusTimer.unref();
  }

  private lost(client: MqttClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.end(true);
    if (this.online) this.options.onEvent?.('disconnected', 'connection closed');
    this.online = false;
    this.underWay.clear();
    this.options.buffer.rewind();
    if (this.stopped) return;
    const random = this.options.random ?? Math.random;
    this.reconnectTimer = setTimeout(() => this.connect(), this.wait * (0.5 + 0.5 * random()));
    this.wait = Math.min(this.backOff.longest, this.wait * 2);
  }

  private pump(): void {
    const { client } = this;
    if (!client || !this.online) return;
    const pause = this.nextSendAt - performance.now();
    if (pause > 0) {
      this.pumpTimer ??= setTimeout(() => {
        this.pumpTimer = undefined;
        this.pump();
      }, pause);
      return;
    }
    const { buffer } = this.options;
    while (this.underWay.size < (this.options.inFlight ?? 20)) {
      const byTime: DeviceStream = buffer.nextAt('event') <= buffer.nextAt('live') ? 'event' : 'live';
      const stream = first.find((urgent) => buffer.nextAt(urgent) !== Infinity) ?? byTime;
      const [frame] = buffer.take(stream, 1);
      if (!frame) return;
      this.publish(client, frame);
      if (this.options.pace) {
        this.nextSendAt = performance.now() + this.options.pace;
        return this.pump();
      }
    }
  }

  private publish(client: MqttClient, waiting: WaitingFrame): void {
    this.underWay.add(waiting);
    const { storedAt, ...frame } = waiting;
    const now = this.now;
    const historical = storedAt !== 0 || now - frame.tsDev > minutes(1);
    const payload = JSON.stringify({ ...frame, tsSent: now, hist: historical });
    client.publish(deviceTopic(this.options.serial, frame.stream), payload, { qos: 1 }, (error) => {
      if (this.client !== client || !this.underWay.delete(waiting)) return;
      if (error) return client.end(true);
      if (waiting.stream === 'birth' && waiting.boot === this.options.buffer.boot) this.isBorn = true;
      this.options.buffer.acknowledged(waiting);
      if (this.options.buffer.empty) for (const waiter of this.waiters.splice(0)) waiter();
      this.pump();
    });
  }
}

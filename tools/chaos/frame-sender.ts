import { deviceTopic } from '@quaywatch/contracts';
import type { Identity } from '@quaywatch/services/btu';
import { connect, type MqttClient } from 'mqtt';

/** How a sender behaves. */
export interface SenderOptions {
  /** Frames without acknowledgement at a time. */
  readonly inFlight: number;
  /** Frames it makes a second; 0 = as many as are acknowledged. */
  readonly rate: number;
}

/**
 * A device that publishes numbered frames and remembers which were acknowledged. As a real one, it keeps what is not
 * acknowledged and sends it again, in order, after it has connected again.
 */
export class FrameSender {
  readonly acknowledged = new Set<number>();
  private readonly unacknowledged = new Set<number>();
  private next = 1;
  private made = 0;
  private client: MqttClient | undefined;
  private sending = true;
  private back: NodeJS.Timeout | undefined;
  private wait = 500;

  constructor(
    readonly btu: string,
    private readonly identity: Identity,
    private readonly options: SenderOptions,
  ) {}

  /** Connects; `again` = by itself after the connection is lost or refused, after a pause of 0.25 to 5 s, jittered. */
  connect(port: number, again = false): void {
    const client = connect(`mqtts://127.0.0.1:${port}`, {
      clientId: this.btu,
      key: this.identity.key,
      cert: this.identity.certificate,
      ca: this.identity.ca,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
    });
    this.client = client;
    client.on('error', () => undefined);
    client.once('connect', () => {
      this.wait = 500;
      for (const seq of [...this.unacknowledged].sort((a, b) => a - b)) this.publish(client, seq);
      this.fill();
    });
    if (!again) return;
    client.once('close', () => {
      if (this.client !== client) return;
      client.end(true);
      this.back = setTimeout(() => this.connect(port, true), this.wait * (0.5 + Math.random() / 2));
      this.wait = Math.min(5000, this.wait * 2);
    });
  }

  /** Makes the frames of so many milliseconds; only with a `rate`. */
  pass(ms: number): void {
    if (!this.sending) return;
    this.made += (this.options.rate * ms) / 1000;
    this.fill();
  }

  /** Makes no further frames. */
  pause(): void {
    this.sending = false;
  }

  /** True when nothing that was made is left without acknowledgement. */
  get settled(): boolean {
    return this.unacknowledged.size === 0 && (this.options.rate === 0 || this.next > Math.floor(this.made));
  }

  /** Frames that were made and are not acknowledged. */
  get backlog(): number {
    return this.unacknowledged.size + Math.max(0, Math.floor(this.made) - this.next + 1);
  }

  drop(): void {
    clearTimeout(this.back);
    const { client } = this;
    this.client = undefined;
    client?.end(true);
  }

  private fill(): void {
    const { client } = this;
    if (!client?.connected) return;
    const { inFlight, rate } = this.options;
    while (this.unacknowledged.size < inFlight && (rate > 0 ? this.next <= this.made : this.sending)) {
      const seq = this.next++;
      this.unacknowledged.add(seq);
      this.publish(client, seq);
    }
  }

  private publish(client: MqttClient, seq: number): void {
    const now = Date.now();
    const frame = {
      ...{ v: 1, stream: 'live', sid: null, bid: this.btu, boot: 1, seq, tsDev: now, up: now % 1e9, tsSent: now },
      ...{ cq: 'NTP', hist: false, body: { signals: { 'hyd.oilTemp': { t: [0], values: [seq % 100] } } } },
    };
    client.publish(deviceTopic(this.btu, 'live'), JSON.stringify(frame), { qos: 1 }, (error) => {
      if (error || this.client !== client) return;
      this.acknowledged.add(seq);
      this.unacknowledged.delete(seq);
      this.fill();
    });
  }
}

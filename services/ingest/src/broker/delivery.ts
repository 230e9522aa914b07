import type { Client } from 'aedes';
import type { SessionStore, StoredPacket } from './session-store';
import { matchesTopic } from './topic-filter';

type Deliver = (packet: StoredPacket, done: () => void) => void;

/** The parts of Aedes' client that decide what goes out on a subscription; they have no other name in its interface. */
interface DeliveringClient extends Client {
  deliver0: Deliver;
  deliverQoS: Deliver;
  connackSent: boolean;
  subscriptions: Record<string, { qos: number }>;
}

/**
 * Puts right what Aedes delivers to one client: at most the QoS that was granted and the highest of overlapping
 * subscriptions [MQTT-3.3.5-1, MQTT-3.8.4-6], nothing before the CONNACK [MQTT-3.2.0-1], and to a session that is being
 * restored in the order of its queue [MQTT-4.6.0-1]. Aedes itself asks the QoS only of a subscription that is spelled like the topic.
 */
export class Delivery {
  /** QoS by filter, as granted. */
  private granted: Map<string, number> | undefined;
  private readonly direct: Deliver;

  constructor(
    client: Client,
    private readonly store: SessionStore,
  ) {
    const inner = client as DeliveringClient;
    const [once, surely] = [inner.deliver0, inner.deliverQoS];
    this.direct = surely;
    inner.deliver0 = (packet, done) => {
      // Another subscription of this client asks for more: that one delivers it.
      if (!inner.connackSent || (packet.qos > 0 && this.qosFor(packet.topic) > 0)) setImmediate(done);
      else once(packet, done);
    };
    inner.deliverQoS = (packet, done) => {
      if (!inner.connackSent) return void setImmediate(done);
      packet.qos = Math.min(packet.qos, this.qosFor(packet.topic)) as 0 | 1 | 2;
      // What is in the queue of a session that is being restored comes out of the queue.
      if (packet.qos > 0 && !inner.clean && !inner.connected && !packet.retain) return void setImmediate(done);
      if (packet.qos > 0 && !inner.clean && packet.retain) this.store.hold(client, packet);
      const exact = inner.subscriptions[packet.topic];
      if (exact && exact.qos < packet.qos) exact.qos = packet.qos;
      surely(packet, done);
    };
  }

  /** Filters that are held. */
  get size(): number {
    return this.granted?.size ?? 0;
  }

  grant(filter: string, qos: number): void {
    (this.granted ??= new Map()).set(filter, qos);
  }

  end(filters: readonly string[]): void {
    for (const filter of filters) this.granted?.delete(filter);
  }

  /** Sends what came into the queue of a session between its emptying and now. */
  catchUp(client: Client): void {
    if (client.clean) return;
    for (const packet of this.store.unsent(client)) this.direct(packet, () => undefined);
  }

  private qosFor(topic: string): number {
    let highest = 0;
    for (const [filter, qos] of this.granted ?? []) if (qos > highest && matchesTopic(filter, topic)) highest = qos;
    return highest;
  }
}

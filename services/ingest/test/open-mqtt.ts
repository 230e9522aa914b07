import { expect } from '@jest/globals';
import { connect as tcp } from 'node:net';
import { openBroker, type OpenBroker } from '../../../tools/conformance/open-broker';
import { publish, RawMqtt, readPublish, subscribe, type ConnectOptions } from './raw-mqtt';

/** The guard and the broker with open topic rights, and raw connections to them. */
export class OpenMqtt {
  private readonly open: RawMqtt[] = [];
  private names = 0;

  private constructor(readonly broker: OpenBroker) {}

  static async open(limits: NonNullable<Parameters<typeof openBroker>[0]>['limits'] = {}): Promise<OpenMqtt> {
    return new OpenMqtt(await openBroker({ limits }));
  }

  /** A client id that nobody else has. */
  name(): string {
    return `client-${++this.names}`;
  }

  async socket(): Promise<RawMqtt> {
    const stream = tcp({ port: this.broker.port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve) => stream.once('connect', resolve));
    const client = new RawMqtt(stream);
    this.open.push(client);
    return client;
  }

  async connected(options: ConnectOptions = {}): Promise<RawMqtt> {
    const client = await this.socket();
    expect((await client.connect(options)).code).toBe(0);
    return client;
  }

  /** Ends a connection as a client does, and waits for its end. */
  async goodbye(client: RawMqtt): Promise<void> {
    client.send([0xe0, 0]);
    await client.untilEnd();
  }

  /** How often something was refused for such a cause. */
  refused(causes: RegExp): number {
    return [...this.broker.refused].reduce((total, [cause, times]) => total + (causes.test(cause) ? times : 0), 0);
  }

  /** Ends what a test has opened, and takes away what it left retained. */
  async sweep(): Promise<void> {
    const { store } = this.broker.engine;
    if (store.size.retained > 0) {
      const sweeper = await this.connected();
      sweeper.send(
        subscribe(1, [
          ['#', 0],
          ['$own/#', 0],
        ]),
      );
      for (let left = store.size.retained; left > 0;) {
        const got = await sweeper.nextOf(3);
        if (!readPublish(got).retain) continue;
        left--;
        sweeper.send(publish(readPublish(got).topic, '', { retain: true }));
      }
      await sweeper.quiet();
      expect(store.size.retained).toBe(0);
    }
    for (const client of this.open.splice(0)) client.close();
  }
}

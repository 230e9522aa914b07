import { freePort } from '@quaywatch/adapters';
import type { Principal } from '@quaywatch/contracts';
import { FakeNotificationChannel } from '@quaywatch/ports/testing';
import { makeLogger, startService, type RunningService, type ServiceDefinition } from '@quaywatch/runtime';
import { TestServices } from '@quaywatch/runtime/testing';
import { join } from 'node:path';
import { Browser } from '../../services/gateway/test/browser';
import { definitions } from '../../services/platform/src/services';

/** The password of everybody here. */
export const password = 'seven cranes at the quay';

/** Limits that a test of many calls from one address does not reach; the limits themselves are tested at the gateway. */
export const unthrottled = { RATE_ADDRESS: '1000000', RATE_CALLER: '1000000', RATE_ORGANISATION: '1000000' };

/** Every service of the platform, really running on a fresh database, behind the gateway: for tests of the whole API. */
export class WholePlatform {
  private constructor(
    readonly services: TestServices,
    readonly gateway: RunningService,
    readonly url: string,
  ) {}

  /** Starts everything; `environment` is added to that of every service. Webhooks go nowhere unless they shall be real. */
  static async start(environment: Readonly<Record<string, string>> = {}, realWebhooks = false): Promise<WholePlatform> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const mqtt = await freePort();
    const all = {
      PUBLIC_URL: url,
      ORGANISATION: 'org_a',
      SANDBOX_ORGANISATION: 'org_a',
      MQTT_HOST: '127.0.0.1',
      MQTT_PORT: String(mqtt),
      ...environment,
    };
    const inner = definitions.filter(({ name }) => name !== 'gateway');
    const services = await TestServices.start(inner, {
      environment: all,
      ...(realWebhooks ? {} : { channels: { webhook: new FakeNotificationChannel('webhook') } }),
    });
    const edge = definitions.find(({ name }) => name === 'gateway') as ServiceDefinition;
    try {
      const gateway = await startService(edge, {
        ...services.adapters,
        store: undefined,
        logger: makeLogger('gateway', { level: 'info', file: join(services.folder, 'log') }),
        peers: services.peers,
        environment: all,
        http: { host: '127.0.0.1', port },
      });
      return new WholePlatform(services, gateway, url);
    } catch (error) {
      await services.stop();
      throw error;
    }
  }

  browser(): Browser {
    return new Browser(this.url);
  }

  /** The first administrator of an organisation, signed in. */
  async firstAdministrator(org: string, email: string): Promise<Browser> {
    const platform: Principal = { kind: 'service', id: 'platform', org, roles: [] };
    const headers = await this.services.peers.headersFor(platform, { requestId: 'req_set_up', address: null });
    const answer = await fetch(`${this.services.peers.urlOf('user-access')}/internal/set-up-link`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ org }),
    });
    const { link } = (await answer.json()) as { link: string };
    return this.join(link, email);
  }

  /** Takes a set-up link or an invitation, and signs in. */
  async join(link: string, email: string): Promise<Browser> {
    const browser = this.browser();
    const form = await browser.form(new URL(link).pathname, { name: `Person ${email}`, email, password });
    const page = await browser.form(new URL(form.url).pathname, { email, password });
    // Without portal files the page after signing in is a 404; the session is what counts.
    const me = await browser.get('/v1/me');
    if (me.status !== 200) throw new Error(`${email} could not sign in: ${page.status} ${me.status} ${me.text}`);
    return browser;
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.services.stop();
  }
}

import { eventCatalogue, type Principal, type WebhookFormat } from '@quaywatch/contracts';
import { decideEndpoint } from '@quaywatch/domain/alerts';
import { days, Fault, makeId, toIso, type Instant } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { webhookPayload } from './webhook-payload';
import { waitForView } from './wait-for-view';

/** How long the secret before the present one signs too. */
const bothSign = days(1);

/** Who asks, and from which network address. */
export interface Caller {
  readonly principal: Principal;
  readonly address: string | null;
}

/** Where an organisation wants its alarms sent: facts, the private table with the secrets, and what waits for a removed address. */
export class Webhooks {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
  ) {}

  /** Adds an address; the answer is the only time that the secret is told. */
  async create(
    caller: Caller,
    url: string,
    format: WebhookFormat,
  ): Promise<{ id: string; url: string; format: WebhookFormat; secret: string }> {
    const { org } = caller.principal;
    const now = this.clock.now();
    const id = makeId('webhook', now, this.clock.random(16));
    const secret = this.newSecret();
    await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const others = await tx.query<{ url: string }>('select url from webhook_target where organisation = $1', [org]);
      const decision = decideEndpoint(
        url,
        others.map((row) => row.url),
      );
      if (!decision.ok)
        throw new Refused(
          decision.code,
          decision.reason,
          decision.code === 'invalid' ? [{ pointer: '/url', code: 'url', detail: decision.reason }] : [],
        );
      await tx.query(
        'insert into webhook_target (endpoint, organisation, url, secret, format) values ($1, $2, $3, $4, $5)',
        [id, org, url, secret, format],
      );
      await this.record(tx, caller, 0, id, 'webhook-endpoint-registered', {
        endpoint: id,
        url,
        by: caller.principal.id,
        format,
      });
      await this.audited(tx, caller, 'webhook.create', id);
    });
    await this.wait(id, true);
    return { id, url, format, secret };
  }

  /** Sends to an address again; nothing changes for one that is on. */
  async enable(caller: Caller, id: string): Promise<void> {
    const { id: by, org } = caller.principal;
    await this.store.transact(async (tx) => {
      const [known] = await tx.query<{ off: boolean }>(
        `select off_since is not null as off from webhook_target where endpoint = $1 and organisation = $2 for update`,
        [id, org],
      );
      if (!known) throw new Refused('not_found', 'There is no such address.');
      await tx.query(
        'update webhook_target set given_up = 0, off_since = null, off_reason = null where endpoint = $1',
        [id],
      );
      const data = { endpoint: id, at: this.clock.now(), by };
      if (known.off) await this.record(tx, caller, await revisionOf(tx, id), id, 'webhook-endpoint-switched-on', data);
      await this.audited(tx, caller, 'webhook.enable', id);
    });
    await waitForView(this.store, this.clock, async (q) => {
      const off = await q.query('select 1 from webhook_endpoint where endpoint = $1 and off_since is not null', [id]);
      return off.length === 0;
    });
  }

  /** A new secret; the old one signs beside it for a day, so that receivers can change over without losing a message. */
  async rotate(caller: Caller, id: string): Promise<{ secret: string; previous_until: string }> {
    const secret = this.newSecret();
    const previousUntil = this.clock.now() + bothSign;
    await this.store.transact(async (tx) => {
      const known = await tx.query(
        `update webhook_target set previous_secret = secret, previous_until = $3, secret = $4
         where endpoint = $1 and organisation = $2 returning 1`,
        [id, caller.principal.org, previousUntil, secret],
      );
      if (known.length === 0) throw new Refused('not_found', 'There is no such address.');
      const data = { endpoint: id, by: caller.principal.id, previousUntil };
      await this.record(tx, caller, await revisionOf(tx, id), id, 'webhook-secret-rotated', data);
      await this.audited(tx, caller, 'webhook.rotate-secret', id);
    });
    return { secret, previous_until: toIso(previousUntil) };
  }

  /** Sends a message that tells of nothing; its delivery. At most one waits at a time. */
  async test(caller: Caller, id: string): Promise<string> {
    const { org } = caller.principal;
    const now = this.clock.now();
    const delivery = makeId('delivery', now, this.clock.random(16));
    await this.store.transact(async (tx) => {
      const [target] = await tx.query<{ format: WebhookFormat }>(
        'select format from webhook_target where endpoint = $1 and organisation = $2 for update',
        [id, org],
      );
      if (!target) throw new Refused('not_found', 'There is no such address.');
      const waiting = await tx.query(
        `select 1 from delivery where endpoint = $1 and alarm = $1 and state = 'waiting' limit 1`,
        [id],
      );
      if (waiting.length > 0) throw new Refused('conflict', 'A test message waits already; see its deliveries.');
      const payload = webhookPayload(target.format, { id: delivery, at: now, endpoint: id, news: null });
      await tx.query(
        `insert into delivery (org, delivery, endpoint, alarm, payload, state, attempts, next_at, created_at)
         values ($1, $2, $3, $3, $4, 'waiting', 0, $5, $5)`,
        [org, delivery, id, payload, now],
      );
      await this.audited(tx, caller, 'webhook.test', id);
    });
    return delivery;
  }

  /** Sends once more what was given up; when that fails too, it is given up again. */
  async retry(caller: Caller, id: string, delivery: string): Promise<void> {
    await this.store.transact(async (tx) => {
      const [known] = await tx.query<{ state: string }>(
        `select d.state from delivery d join webhook_target t on t.endpoint = d.endpoint
         where d.delivery = $1 and d.endpoint = $2 and t.organisation = $3 for update of d`,
        [delivery, id, caller.principal.org],
      );
      if (!known) throw new Refused('not_found', 'There is no such delivery.');
      if (known.state !== 'failed') throw new Refused('conflict', 'Only what was given up can be sent again.');
      await tx.query(`update delivery set state = 'waiting', next_at = $2, leased_until = null where delivery = $1`, [
        delivery,
        this.clock.now(),
      ]);
      await this.audited(tx, caller, 'webhook.retry', id);
    });
  }

  /** Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
  private newSecret(): string {
    return `whsec_${Buffer.from(this.clock.random(32)).toString('base64')}`;
  }

  /** Removes an address; what waits for it is given up. */
  async remove(caller: Caller, id: string): Promise<void> {
    const { org } = caller.principal;
    await this.store.transact(async (tx) => {
      const gone = await tx.query('delete from webhook_target where endpoint = $1 and organisation = $2 returning 1', [
        id,
        org,
      ]);
      if (gone.length === 0) throw new Refused('not_found', 'There is no such address.');
      await tx.query(
        `update delivery set state = 'failed', last_error = 'the address was removed', next_at = null, leased_until = null
         where endpoint = $1 and state = 'waiting'`,
        [id],
      );
      await this.record(tx, caller, await revisionOf(tx, id), id, 'webhook-endpoint-removed', {
        endpoint: id,
        by: caller.principal.id,
      });
      await this.audited(tx, caller, 'webhook.delete', id);
    });
    await this.wait(id, false);
  }

  private async record(
    tx: StoreTransaction,
    caller: Caller,
    expected: number,
    endpoint: string,
    type: string,
    data: object,
  ): Promise<void> {
    const time = this.clock.now();
    const id = makeId('event', time, this.clock.random(16));
    await recordWebhook(tx, expected, { id, type, org: caller.principal.org, endpoint, time, data });
  }

  private audited(tx: StoreTransaction, { principal, address }: Caller, action: string, id: string): Promise<void> {
    return this.audit.within(tx, {
      org: principal.org,
      class: 'configuration',
      actor: { kind: principal.kind, id: principal.id },
      action,
      target: { kind: 'webhook', id },
      outcome: 'success',
      address,
    });
  }

  private wait(id: string, there: boolean): Promise<void> {
    return waitForView(this.store, this.clock, async (q) => {
      const rows = await q.query('select 1 from webhook_endpoint where endpoint = $1', [id]);
      return rows.length > 0 === there;
    });
  }
}

/** Appends a fact about an address, at revision `expected` of its stream; Fault `WEBHOOK_CHANGED` when there are others since. */
export async function recordWebhook(
  tx: StoreTransaction,
  expected: number,
  fact: {
    readonly id: string;
    readonly type: string;
    readonly org: string;
    readonly endpoint: string;
    readonly time: Instant;
    readonly data: object;
  },
): Promise<void> {
  const { endpoint, ...rest } = fact;
  const v = eventCatalogue.get(fact.type)?.versions.length ?? 1;
  const outcome = await tx.facts.append(`webhook-${endpoint}`, expected, [{ ...rest, v, key: endpoint }]);
  if (outcome.kind === 'conflict')
    throw new Fault('WEBHOOK_CHANGED', `${endpoint} was changed at the same time`, { retryable: true });
}

/** How many facts there are about an address. */
export const revisionOf = async (tx: StoreTransaction, id: string): Promise<number> =>
  (await tx.facts.read(`webhook-${id}`)).length;

/** Endpoints of one organisation are made one after the other, so that their number stays bounded. */
const lockOrganisation = (tx: StoreTransaction, org: string): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`webhooks of ${org}`]);

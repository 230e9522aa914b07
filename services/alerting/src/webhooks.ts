import type { Principal } from '@quaywatch/contracts';
import { decideEndpoint } from '@quaywatch/domain/alerts';
import { Fault, makeId } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { waitForView } from './wait-for-view';

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
  async create(caller: Caller, url: string): Promise<{ id: string; url: string; secret: string }> {
    const { org } = caller.principal;
    const now = this.clock.now();
    const id = makeId('webhook', now, this.clock.random(16));
    // Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
    const secret = `whsec_${Buffer.from(this.clock.random(32)).toString('base64')}`;
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
      await tx.query('insert into webhook_target (endpoint, organisation, url, secret) values ($1, $2, $3, $4)', [
        id,
        org,
        url,
        secret,
      ]);
      await this.record(tx, caller, 0, id, 'webhook-endpoint-registered', {
        endpoint: id,
        url,
        by: caller.principal.id,
      });
      await this.audited(tx, caller, 'webhook.create', id);
    });
    await this.wait(id, true);
    return { id, url, secret };
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
      await this.record(tx, caller, 1, id, 'webhook-endpoint-removed', { endpoint: id, by: caller.principal.id });
      await this.audited(tx, caller, 'webhook.delete', id);
    });
    await this.wait(id, false);
  }

  private async record(
    tx: StoreTransaction,
    caller: Caller,
    expected: number,
    id: string,
    type: string,
    data: object,
  ): Promise<void> {
    const time = this.clock.now();
    const fact = {
      id: makeId('event', time, this.clock.random(16)),
      type,
      v: 1,
      org: caller.principal.org,
      key: id,
      time,
      data,
    };
    const outcome = await tx.facts.append(`webhook-${id}`, expected, [fact]);
    if (outcome.kind === 'conflict')
      throw new Fault('WEBHOOK_CHANGED', `${id} was changed at the same time`, { retryable: true });
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

/** Endpoints of one organisation are made one after the other, so that their number stays bounded. */
const lockOrganisation = (tx: StoreTransaction, org: string): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`webhooks of ${org}`]);

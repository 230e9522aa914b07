import { Controller, Inject } from '@nestjs/common';
import type { WebhookFormat } from '@quaywatch/contracts';
import { toIso } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import { Api, Call, pageOfRows, readCursor, Refused, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { Webhooks } from './webhooks';

type EndpointRow = {
  endpoint: string;
  url: string;
  created_at: number;
  format: WebhookFormat;
  off_since: number | null;
  off_reason: string | null;
};

const columns = 'endpoint, url, created_at, format, off_since, off_reason';

const endpointOf = (row: EndpointRow) => ({
  id: row.endpoint,
  url: row.url,
  format: row.format,
  created_at: toIso(row.created_at),
  off_since: row.off_since === null ? null : toIso(row.off_since),
  off_reason: row.off_reason,
});

type DeliveryRow = {
  delivery: string;
  alarm: string;
  state: 'waiting' | 'sent' | 'failed';
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  next_at: number | null;
  created_at: number;
};

/** API: addresses that get alarms, and what became of each notification. */
@Controller()
export class WebhooksController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(Webhooks) private readonly webhooks: Webhooks,
  ) {}

  @Api('listWebhookEndpoints')
  async list(
    @Call() { principal, query }: ApiCall<'listWebhookEndpoints'>,
  ): Promise<ApiAnswer<'listWebhookEndpoints'>> {
    const [createdAt, id] = readCursor(query.cursor, ['number', 'string']) ?? [null, null];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<EndpointRow>(
        `select ${columns} from webhook_endpoint
         where $1::double precision is null or (created_at, endpoint collate "C") > ($1, $2)
         order by created_at, endpoint collate "C" limit $3`,
        [createdAt, id, query.limit + 1],
      ),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.created_at, row.endpoint]);
    return { data: page.map(endpointOf), ...rest };
  }

  @Api('getWebhookEndpoint')
  get(@Call() { principal, params }: ApiCall<'getWebhookEndpoint'>): Promise<ApiAnswer<'getWebhookEndpoint'>> {
    return this.one(principal.org, params.id ?? '');
  }

  @Api('enableWebhookEndpoint')
  async enable(
    @Call() { principal, address, params }: ApiCall<'enableWebhookEndpoint'>,
  ): Promise<ApiAnswer<'enableWebhookEndpoint'>> {
    await this.webhooks.enable({ principal, address }, params.id ?? '');
    return this.one(principal.org, params.id ?? '');
  }

  private async one(org: string, id: string): Promise<ApiAnswer<'getWebhookEndpoint'>> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<EndpointRow>(`select ${columns} from webhook_endpoint where endpoint = $1`, [id]),
    );
    if (!row) throw new Refused('not_found', 'There is no such address.');
    return endpointOf(row);
  }

  @Api('createWebhookEndpoint')
  create(
    @Call() { principal, address, body }: ApiCall<'createWebhookEndpoint'>,
  ): Promise<ApiAnswer<'createWebhookEndpoint'>> {
    return this.webhooks.create({ principal, address }, body.url, body.format);
  }

  @Api('deleteWebhookEndpoint')
  async remove(
    @Call() { principal, address, params }: ApiCall<'deleteWebhookEndpoint'>,
  ): Promise<ApiAnswer<'deleteWebhookEndpoint'>> {
    await this.webhooks.remove({ principal, address }, params.id ?? '');
    return {};
  }

  @Api('rotateWebhookSecret')
  rotate(
    @Call() { principal, address, params }: ApiCall<'rotateWebhookSecret'>,
  ): Promise<ApiAnswer<'rotateWebhookSecret'>> {
    return this.webhooks.rotate({ principal, address }, params.id ?? '');
  }

  @Api('testWebhookEndpoint')
  async test(
    @Call() { principal, address, params }: ApiCall<'testWebhookEndpoint'>,
  ): Promise<ApiAnswer<'testWebhookEndpoint'>> {
    return { delivery_id: await this.webhooks.test({ principal, address }, params.id ?? '') };
  }

  @Api('retryDelivery')
  async retry(@Call() { principal, address, params }: ApiCall<'retryDelivery'>): Promise<ApiAnswer<'retryDelivery'>> {
    await this.webhooks.retry({ principal, address }, params.id ?? '', params.delivery ?? '');
    return {};
  }

  @Api('listDeliveries')
  async deliveries(
    @Call() { principal, params, query }: ApiCall<'listDeliveries'>,
  ): Promise<ApiAnswer<'listDeliveries'>> {
    const [createdAt, id] = readCursor(query.cursor, ['number', 'string']) ?? [null, null];
    const rows = await this.store.readAs(principal.org, async (q) => {
      const known = await q.query('select 1 from webhook_endpoint where endpoint = $1', [params.id]);
      if (known.length === 0) throw new Refused('not_found', 'There is no such address.');
      return q.query<DeliveryRow>(
        `select delivery, alarm, state, attempts, last_status, last_error, next_at, created_at from delivery
         where endpoint = $1 and ($2::double precision is null or (created_at, delivery collate "C") < ($2, $3))
         order by created_at desc, delivery collate "C" desc limit $4`,
        [params.id, createdAt, id, query.limit + 1],
      );
    });
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.created_at, row.delivery]);
    const data = page.map(({ delivery, alarm, state, attempts, last_status, last_error, next_at }) => ({
      id: delivery,
      alarm_id: alarm === params.id || isIncident(alarm) ? null : alarm,
      incident_id: isIncident(alarm) ? alarm : null,
      state,
      attempts,
      last_status,
      last_error,
      next_at: next_at === null ? null : toIso(next_at),
    }));
    return { data, ...rest };
  }
}

const isIncident = (subject: string): boolean => subject.startsWith('inc_');

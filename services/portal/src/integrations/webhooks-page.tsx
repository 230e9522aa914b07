import type { WebhookFormat } from '@quaywatch/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, ShownOnce, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { ownTimeZone } from '../time/format-time';
import { IntegrationsFrame } from './frame';
import { webhooksQuery } from './queries';
import { formats } from './webhook-formats';

/** `CloudEvents`, `TIC 4.0, release 2024.010`. */
export const formatName = (format: string): string =>
  format === 'cloudevents' ? 'CloudEvents 1.0' : format.replace('tic40-', 'TIC 4.0, ');

/** Addresses of partners that are told of alarms. */
export function WebhooksPage() {
  const { t } = useTranslation();
  const query = useQuery(webhooksQuery);
  const { data: me } = useQuery(meQuery);
  const zone = ownTimeZone();
  return (
    <IntegrationsFrame name={t('integrations.webhooks')} lead={t('webhooks.lead')}>
      <Card title={t('integrations.webhooks')}>
        <Answered query={query} what={t('webhooks.load')}>
          {(endpoints) =>
            endpoints.length === 0 ? (
              <p className="note">{t('webhooks.none')}</p>
            ) : (
              <RowsTable
                label={t('integrations.webhooks')}
                rows={endpoints}
                rowKey={({ id }) => id}
                columns={[
                  {
                    head: t('webhooks.url'),
                    cell: ({ id, url }) => (
                      <Link to="/integrations/webhooks/$id" params={{ id }} className="strong-link break" data-row-link>
                        {url}
                      </Link>
                    ),
                  },
                  { head: t('webhooks.format'), cell: ({ format }) => formatName(format) },
                  { head: t('webhooks.since'), cell: ({ created_at: at }) => <TimeText at={at} timeZone={zone} /> },
                ]}
              />
            )
          }
        </Answered>
      </Card>
      {may(me, 'webhooks.write') && <CreateCard />}
    </IntegrationsFrame>
  );
}

function CreateCard() {
  const { t } = useTranslation();
  const change = useChange('webhooks');
  const [url, setUrl] = useState('');
  const [format, setFormat] = useState<WebhookFormat>('cloudevents');
  const [made, setMade] = useState<{ readonly url: string; readonly secret: string } | null>(null);
  const send = (): void => {
    setMade(null);
    void change
      .make(async () => setMade(await request('createWebhookEndpoint', { body: { url, format } })))
      .then((done) => done && setUrl(''));
  };
  return (
    <Card title={t('webhooks.create')}>
      <ChangeForm change={change} send={t('webhooks.createDo')} onSend={send}>
        <TextField label={t('webhooks.url')} type="url" value={url} onChange={setUrl} most={2000} />
        <Choose
          label={t('webhooks.format')}
          value={format}
          onChange={(value) => setFormat(formats.find((one) => one === value) ?? 'cloudevents')}
          options={formats.map((value) => ({ value, label: formatName(value) }))}
        />
      </ChangeForm>
      {made && (
        <div role="status">
          <ShownOnce label={t('webhooks.secret', { url: made.url })} text={made.secret} />
          <p className="note">{t('webhooks.keepHint')}</p>
        </div>
      )}
    </Card>
  );
}

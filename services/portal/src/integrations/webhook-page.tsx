import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { ShownOnce, Told } from '../change/fields';
import { useChange, type Change } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { LevelIcon } from '../parts/condition-mark';
import { Paged } from '../parts/paged';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { ownTimeZone, timeWords } from '../time/format-time';
import { IntegrationsFrame } from './frame';
import { deliveriesQuery, webhookQuery, type Delivery } from './queries';
import { formatName } from './webhooks-page';

/** One address: a test message, its secret, and every message with what became of it. */
export function WebhookPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/integrations/webhooks/$id' });
  const query = useQuery(webhookQuery(id));
  const { data: me } = useQuery(meQuery);
  const change = useChange('deliveries');
  const writes = may(me, 'webhooks.write');
  return (
    <IntegrationsFrame name={query.data?.url ?? t('webhooks.one')} lead={query.data && formatName(query.data.format)}>
      <p>
        <Link to="/integrations" className="target">
          {t('webhooks.back')}
        </Link>
      </p>
      <Answered query={query} what={t('webhooks.loadOne')}>
        {({ url }) => (
          <>
            {writes && <ActionsCard id={id} url={url} change={change} />}
            <DeliveriesCard id={id} change={writes ? change : null} />
          </>
        )}
      </Answered>
    </IntegrationsFrame>
  );
}

function ActionsCard({ id, url, change }: { readonly id: string; readonly url: string; readonly change: Change }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const leaving = useChange('webhooks');
  const [asked, setAsked] = useState<'secret' | 'delete' | null>(null);
  const [secret, setSecret] = useState<{ readonly secret: string; readonly previous_until: string } | null>(null);
  const zone = ownTimeZone();
  const path = { id };
  return (
    <Card title={t('webhooks.do')}>
      <p className="form-do">
        <button
          type="button"
          className="button"
          onClick={() =>
            void change.make(async () => {
              await request('testWebhookEndpoint', { path });
              return t('webhooks.tested');
            })
          }
        >
          {t('webhooks.test')}
        </button>
        <button type="button" className="button" onClick={() => setAsked('secret')}>
          {t('webhooks.rotate')}
        </button>
        <button type="button" className="button" onClick={() => setAsked('delete')}>
          {t('webhooks.delete')}
        </button>
      </p>
      <Told change={change} />
      {secret && (
        <div role="status">
          <ShownOnce label={t('webhooks.secret', { url })} text={secret.secret} />
          <p className="note">
            {t('webhooks.previous', { time: timeWords(zone).dateTime(Date.parse(secret.previous_until)) })}
          </p>
        </div>
      )}
      {asked && (
        <AskDialog
          title={t(`webhooks.${asked}Title`)}
          text={t(`webhooks.${asked}Hint`)}
          send={asked === 'secret' ? t('webhooks.rotate') : t('webhooks.delete')}
          change={leaving}
          onSend={() =>
            leaving.make(async () => {
              if (asked === 'secret') return setSecret(await request('rotateWebhookSecret', { path }));
              await request('deleteWebhookEndpoint', { path });
              await navigate({ to: '/integrations' });
            })
          }
          onClose={() => setAsked(null)}
        />
      )}
    </Card>
  );
}

const level = { waiting: 'watch', sent: 'ok', failed: 'act_now' } as const;

function DeliveriesCard({ id, change }: { readonly id: string; readonly change: Change | null }) {
  const { t } = useTranslation();
  const zone = ownTimeZone();
  return (
    <Card title={t('webhooks.deliveries')} aside={<span className="muted">{t('chart.zone', { zone })}</span>}>
      <Paged query={deliveriesQuery(id)} what={t('webhooks.loadDeliveries')} none={t('webhooks.noDeliveries')}>
        {(deliveries) => (
          <RowsTable<Delivery>
            label={t('webhooks.deliveries')}
            rows={deliveries}
            rowKey={(delivery) => delivery.id}
            columns={[
              {
                head: t('webhooks.message'),
                cell: ({ alarm_id: alarm }) =>
                  alarm === null ? (
                    t('webhooks.testMessage')
                  ) : (
                    <Link to="/alarms" search={{ alarm }} className="target break" data-row-link>
                      {alarm}
                    </Link>
                  ),
              },
              {
                head: t('webhooks.state'),
                cell: ({ state }) => (
                  <span className={`condition level-${level[state]}`}>
                    <LevelIcon level={level[state]} />
                    {t(`webhooks.states.${state}`)}
                  </span>
                ),
              },
              {
                head: t('webhooks.answer'),
                cell: ({ last_status: status, last_error: error }) => (
                  <>
                    {status ?? ''} {error && <div className="muted small">{error}</div>}
                  </>
                ),
              },
              { head: t('webhooks.attempts'), right: true, cell: ({ attempts }) => attempts },
              {
                head: t('webhooks.next'),
                cell: ({ id: delivery, state, next_at: at, alarm_id: alarm }) =>
                  state === 'failed' && change ? (
                    <button
                      type="button"
                      className="button"
                      aria-label={t('webhooks.againLabel', { id: alarm ?? t('webhooks.testMessage') })}
                      onClick={() =>
                        void change.make(async () => {
                          await request('retryDelivery', { path: { id, delivery } });
                          return t('webhooks.sentAgain');
                        })
                      }
                    >
                      {t('webhooks.again')}
                    </button>
                  ) : (
                    <TimeText at={at} timeZone={zone} />
                  ),
              },
            ]}
          />
        )}
      </Paged>
    </Card>
  );
}

import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request, type Answer } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose, OneOf } from '../parts/choose';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { usageDays } from '../router';
import { programsQuery } from '../security/queries';
import { serverNow } from '../time/clock';
import { IntegrationsFrame } from './frame';
import { everyDay } from './every-day';

type Usage = Answer<'getApiClientUsage'>;

const day = 86_400_000;

const usageQuery = (id: string | undefined, days: number) =>
  queryOptions({
    queryKey: ['usage', id ?? '', days],
    queryFn: ({ signal }) => {
      const date = (at: number): string => new Date(at).toISOString().slice(0, 10);
      return request('getApiClientUsage', {
        path: { id: id ?? '' },
        query: { from: date(serverNow() - (days - 1) * day), to: date(serverNow()) },
        signal,
      });
    },
    enabled: id !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });

/** What each program has called: by day, and by operation. */
export function UsagePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/integrations/usage' });
  const navigate = useNavigate({ from: '/integrations/usage' });
  const { data: me } = useQuery(meQuery);
  const programs = useQuery(programsQuery);
  const days = Number(search.days ?? '30');
  const chosen = search.program ?? programs.data?.[0]?.id;
  const query = useQuery(usageQuery(chosen, days));
  return (
    <IntegrationsFrame name={t('integrations.usage')} lead={t('usage.lead')}>
      <Answered query={programs} what={t('usage.loadPrograms')}>
        {(list) =>
          list.length === 0 ? (
            <p className="note">
              {t('usage.noPrograms')}{' '}
              {may(me, 'access.write') && <Link to="/security/programs">{t('usage.register')}</Link>}
            </p>
          ) : (
            <>
              <div className="tools">
                <Choose
                  label={t('usage.program')}
                  value={chosen ?? ''}
                  onChange={(program) => void navigate({ search: { ...search, program }, replace: true })}
                  options={list.map(({ id, name }) => ({ value: id, label: name }))}
                />
                <OneOf
                  label={t('usage.period')}
                  value={search.days ?? '30'}
                  onChange={(value) => void navigate({ search: { ...search, days: value }, replace: true })}
                  options={usageDays.map((value) => ({ value, label: t('usage.days', { count: Number(value) }) }))}
                />
              </div>
              <Answered query={query} what={t('usage.load')}>
                {(usage) =>
                  usage.total.requests === 0 ? <p className="note">{t('usage.none')}</p> : <Figures usage={usage} />
                }
              </Answered>
            </>
          )
        }
      </Answered>
    </IntegrationsFrame>
  );
}

function Figures({ usage }: { readonly usage: Usage }) {
  const { t } = useTranslation();
  const { total } = usage;
  return (
    <>
      <Card title={t('usage.total')}>
        <dl className="needs">
          {(['requests', 'client_errors', 'server_errors', 'throttled'] as const).map((name) => (
            <div key={name}>
              <dt>{t(`usage.counts.${name}`)}</dt>
              <dd>{countText(total[name])}</dd>
            </div>
          ))}
          <div>
            <dt>{t('usage.last')}</dt>
            <dd>{total.last_at === null ? '–' : <TimeText at={total.last_at} timeZone="UTC" />}</dd>
          </div>
        </dl>
        <p className="muted small">{t('usage.delay')}</p>
      </Card>
      <Card title={t('usage.byDay')}>
        <Bars usage={usage} />
      </Card>
      <Card title={t('usage.byOperation')}>
        <RowsTable
          label={t('usage.byOperation')}
          rows={[...usage.by_operation].sort((a, b) => b.requests - a.requests)}
          rowKey={({ operation }) => operation}
          columns={[
            { head: t('usage.operation'), cell: ({ operation }) => <code className="break">{operation}</code> },
            { head: t('usage.counts.requests'), right: true, cell: ({ requests }) => countText(requests) },
            { head: t('usage.counts.client_errors'), right: true, cell: (row) => countText(row.client_errors) },
            { head: t('usage.counts.server_errors'), right: true, cell: (row) => countText(row.server_errors) },
            { head: t('usage.counts.throttled'), right: true, cell: (row) => countText(row.throttled) },
            { head: t('usage.last'), cell: ({ last_at: at }) => <TimeText at={at} timeZone="UTC" /> },
          ]}
        />
      </Card>
    </>
  );
}

/** Requests of each day as bars, what was refused on top; the figures are in the table below it. */
function Bars({ usage }: { readonly usage: Usage }) {
  const { t } = useTranslation();
  const rows = everyDay(usage);
  const most = Math.max(1, ...rows.map(({ requests }) => requests));
  const wide = 1000 / rows.length;
  return (
    <>
      <svg
        className="bars"
        viewBox="0 0 1000 120"
        preserveAspectRatio="none"
        role="img"
        aria-label={t('usage.bars', { most: countText(most) })}
      >
        {rows.map(({ day: date, requests, refused }, i) => (
          <g key={date}>
            <rect
              className="asked"
              x={i * wide + wide * 0.1}
              width={wide * 0.8}
              y={120 - (116 * requests) / most}
              height={(116 * requests) / most}
            />
            <rect
              className="refused"
              x={i * wide + wide * 0.1}
              width={wide * 0.8}
              y={120 - (116 * requests) / most}
              height={(116 * refused) / most}
            />
          </g>
        ))}
      </svg>
      <p className="muted small">{t('usage.span', { from: usage.from, to: usage.to, most: countText(most) })}</p>
      <details>
        <summary>{t('chart.table')}</summary>
        <RowsTable
          label={t('usage.byDay')}
          rows={usage.by_day}
          rowKey={({ day: date }) => date}
          columns={[
            { head: t('usage.day'), cell: ({ day: date }) => date },
            { head: t('usage.counts.requests'), right: true, cell: ({ requests }) => countText(requests) },
            { head: t('usage.counts.client_errors'), right: true, cell: (row) => countText(row.client_errors) },
            { head: t('usage.counts.server_errors'), right: true, cell: (row) => countText(row.server_errors) },
            { head: t('usage.counts.throttled'), right: true, cell: (row) => countText(row.throttled) },
          ]}
        />
      </details>
    </>
  );
}

import type { RuleText } from '@quaywatch/contracts';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { Card } from '../parts/card';
import { OneOf } from '../parts/choose';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { serverNow } from '../time/clock';
import { useListZone } from '../time/use-list-zone';
import type { BackTest } from './queries';

const days = ['1', '7', '30', '92'] as const;

/** What the rule would have raised on the history, before anybody switches it on. */
export function BackTestCard({ text }: { readonly text: RuleText | null }) {
  const { t } = useTranslation();
  const change = useChange();
  const [period, setPeriod] = useState<(typeof days)[number]>('30');
  const [result, setResult] = useState<{ readonly of: string; readonly test: BackTest } | null>(null);
  const run = (): void => {
    if (!text || change.busy) return;
    setResult(null);
    void change.make(async () => {
      const to = serverNow();
      const body = {
        text,
        from: new Date(to - Number(period) * 86_400_000).toISOString(),
        to: new Date(to).toISOString(),
      };
      setResult({ of: JSON.stringify(text), test: await request('backTestRule', { body }) });
    });
  };
  return (
    <Card title={t('rules.backTest')}>
      <p className="note">{t('rules.backTestLead')}</p>
      <div className="tools">
        <OneOf
          label={t('rules.period')}
          value={period}
          onChange={setPeriod}
          options={days.map((value) => ({ value, label: t('rules.days', { count: Number(value) }) }))}
        />
        <button type="button" className="button" disabled={!text} aria-disabled={change.busy} onClick={run}>
          {t('rules.run')}
        </button>
      </div>
      {!text && <p className="note">{t('rules.notYet')}</p>}
      <div role="status">
        {change.busy && <p className="note">{t('rules.running')}</p>}
        {result && <Result test={result.test} old={result.of !== JSON.stringify(text)} />}
      </div>
      <Told change={change} />
    </Card>
  );
}

function Result({ test, old }: { readonly test: BackTest; readonly old: boolean }) {
  const { t } = useTranslation();
  const zone = useListZone();
  const judged = test.evaluations === 0 ? 0 : 1 - test.unknown / test.evaluations;
  return (
    <>
      <p>
        <strong>
          {test.evaluations === 0
            ? t('rules.nothingTried')
            : t('rules.raised', { count: test.raised, confirmed: test.confirmed })}
        </strong>{' '}
        {old && t('rules.old')}
      </p>
      <p className="muted small">
        {t('rules.basis', {
          spreaders: test.spreaders,
          evaluations: countText(test.evaluations),
          percent: Math.floor(judged * 100),
        })}{' '}
        {t('chart.zone', { zone })}
      </p>
      {test.cases.length > 0 && (
        <RowsTable
          label={t('rules.cases')}
          rows={test.cases}
          rowKey={({ spreader_id: id, from }) => `${id} ${from}`}
          columns={[
            {
              head: t('rules.case'),
              cell: ({ number, from }) => (
                <Link
                  to="/spreaders/$number/replay"
                  params={{ number }}
                  search={{ at: from }}
                  className="target"
                  data-row-link
                >
                  {number}
                </Link>
              ),
            },
            { head: t('rules.from'), cell: ({ from }) => <TimeText at={from} timeZone={zone} /> },
            {
              head: t('rules.to'),
              cell: ({ to }) => (to === null ? t('rules.still') : <TimeText at={to} timeZone={zone} />),
            },
            {
              head: t('rules.confirmedBy'),
              cell: ({ confirmed_by: by }) => (by === null ? t('rules.notConfirmed') : by),
            },
          ]}
        />
      )}
      {test.raised > test.cases.length && <p className="note">{t('rules.first', { count: test.cases.length })}</p>}
    </>
  );
}

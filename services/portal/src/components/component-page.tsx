import '../i18n/load-component-texts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiFault } from '../api/request';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { PageHead } from '../parts/page';
import { countText, numberText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { DamageText, PlaceText } from './passport-table';
import { passportQuery, type PassportDetail } from './queries';

/** One component: its own cycles and damage, and every spreader it has been on. */
export function ComponentPage() {
  const { t } = useTranslation();
  const { serial } = useParams({ from: '/components/$serial' });
  const query = useQuery(passportQuery(serial));
  const missing = query.error instanceof ApiFault && query.error.status === 404;
  return (
    <>
      <PageHead
        title={serial}
        name={serial}
        lead={missing ? t('components.unknown') : query.data && t(`components.kinds.${query.data.kind}`)}
      />
      <p>
        <Link to="/components" className="target">
          {t('components.back')}
        </Link>
      </p>
      {!missing && (
        <Answered query={query} what={t('components.loadOne')}>
          {(passport) => (
            <>
              <PassportCard passport={passport} />
              <LifeCard passport={passport} />
            </>
          )}
        </Answered>
      )}
    </>
  );
}

function PassportCard({ passport }: { readonly passport: PassportDetail }) {
  const { t } = useTranslation();
  return (
    <Card title={t('components.passport')}>
      <dl className="needs">
        <div>
          <dt>{t('components.place')}</dt>
          <dd>
            <PlaceText passport={passport} />
          </dd>
        </div>
        <div>
          <dt>{t('components.cycles')}</dt>
          <dd>{countText(passport.cycles)}</dd>
        </div>
        <div>
          <dt>{t('components.lifts')}</dt>
          <dd>{countText(passport.lifts)}</dd>
        </div>
        <div>
          <dt>{t('components.damage')}</dt>
          <dd>
            <DamageText passport={passport} />
            <div className="muted small">{t('components.damageHint')}</div>
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function LifeCard({ passport }: { readonly passport: PassportDetail }) {
  const { t } = useTranslation();
  const words = useWords();
  const zone = useListZone();
  const most = Math.max(1, ...passport.history.map(({ cycles }) => cycles));
  return (
    <Card title={t('components.life')} aside={<span className="muted">{t('chart.zone', { zone })}</span>}>
      {passport.history.length === 0 ? (
        <p className="note">{t('components.noLife')}</p>
      ) : (
        <RowsTable
          label={t('components.life')}
          rows={passport.history}
          rowKey={({ spreader_id: id, from }) => `${id} ${from}`}
          columns={[
            {
              head: t('components.spreader'),
              cell: ({ spreader_number: number }) => (
                <Link to="/spreaders/$number/parts" params={{ number }} className="target" data-row-link>
                  {number}
                </Link>
              ),
            },
            { head: t('components.position'), cell: ({ position }) => words.component(position) },
            {
              head: t('components.time'),
              cell: ({ from, to }) => (
                <>
                  <TimeText at={from} timeZone={zone} /> –{' '}
                  {to === null ? t('components.today') : <TimeText at={to} timeZone={zone} />}
                </>
              ),
            },
            {
              head: t('components.cycles'),
              right: true,
              cell: ({ cycles }) => (
                <>
                  {countText(cycles)}
                  <div className="share-bar" aria-hidden="true">
                    <span className="busy" style={{ width: `${(100 * cycles) / most}%` }} />
                  </div>
                </>
              ),
            },
            { head: t('components.damage'), right: true, cell: ({ damage }) => numberText(damage) },
            { head: t('components.removed'), cell: ({ removed_because: why }) => why ?? '' },
          ]}
        />
      )}
    </Card>
  );
}

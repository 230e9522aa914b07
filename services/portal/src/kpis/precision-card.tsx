import { failureModes } from '@quaywatch/contracts';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../api/request';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import type { KpisSearch } from '../router';
import { precisionQuery } from './queries';

type Mode = Answer<'getPrecision'>['modes'][number];
type Figures = Omit<Mode, 'failure_mode' | 'title'>;

const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });

/** How often recommendations were right, as technicians judged them. */
export function PrecisionCard({ search }: { readonly search: KpisSearch }) {
  const { t } = useTranslation();
  const words = useWords();
  const query = useQuery(precisionQuery(search));
  /** A failure mode of the catalogue says what its component does; a rule of the organisation has a name of its own. */
  const aboutWhat = (mode: string): string => {
    const component = failureModes.get(mode)?.component;
    if (component === undefined) return '';
    return component === '*' ? t('precision.signal') : words.family('component', component);
  };
  const right = ({ precision, low, high }: Figures): string =>
    precision === null || low === null || high === null
      ? t('precision.notJudged')
      : t('precision.band', { value: share.format(precision), low: share.format(low), high: share.format(high) });
  return (
    <Card title={t('precision.title')}>
      <p className="note">{t('precision.lead')}</p>
      <Answered query={query} what={t('precision.load')}>
        {({ all, modes }) =>
          all.raised === 0 ? (
            <p className="note">{t('precision.none')}</p>
          ) : (
            <RowsTable
              label={t('precision.title')}
              rows={[{ ...all, failure_mode: '', title: t('precision.all') }, ...modes]}
              rowKey={({ failure_mode: mode }) => mode}
              columns={[
                {
                  head: t('precision.mode'),
                  cell: ({ failure_mode: mode, title }: Mode) => (
                    <>
                      {aboutWhat(mode)} {title}
                      {mode && <div className="muted small">{mode}</div>}
                    </>
                  ),
                },
                { head: t('precision.raised'), right: true, cell: ({ raised }) => countText(raised) },
                { head: t('precision.judged'), right: true, cell: ({ judged }) => countText(judged) },
                { head: t('precision.confirmed'), right: true, cell: ({ confirmed }) => countText(confirmed) },
                { head: t('precision.other'), right: true, cell: ({ other_cause: other }) => countText(other) },
                { head: t('precision.notFound'), right: true, cell: ({ not_found: none }) => countText(none) },
                { head: t('precision.right'), cell: right },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  );
}

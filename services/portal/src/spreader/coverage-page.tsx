import '../i18n/load-coverage-texts';
import { failureModes } from '@quaywatch/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SpreaderDetail } from '../api/queries';
import { request, type Answer } from '../api/request';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { OneOf } from '../parts/choose';
import { LevelIcon } from '../parts/condition-mark';
import { RowsTable } from '../parts/rows-table';
import { covers } from '../router';
import { SpreaderFrame } from './frame';

type Coverage = Answer<'getCoverage'>;
type Mode = Coverage['modes'][number];

const coverageQuery = (number: string) =>
  queryOptions({
    queryKey: ['coverage', number],
    queryFn: ({ signal }) => request('getCoverage', { path: { id: number }, signal }),
  });

const level = { seen: 'ok', partly: 'watch', blind: 'no_data', no_rule: 'no_data' } as const;

/** What this spreader's sensors can see, and what they cannot: what is not looked at is not "in order". */
export const CoveragePage = () => <SpreaderFrame>{(spreader) => <Coverage spreader={spreader} />}</SpreaderFrame>;

function Coverage({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const query = useQuery(coverageQuery(spreader.number));
  const { cover } = useSearch({ from: '/spreaders/$number/coverage' });
  const navigate = useNavigate({ from: '/spreaders/$number/coverage' });
  return (
    <Card
      title={t('coverage.title')}
      aside={
        <OneOf
          label={t('coverage.show')}
          value={cover ?? 'all'}
          onChange={(value) =>
            void navigate({ search: { cover: value === 'all' ? undefined : value }, replace: true, resetScroll: false })
          }
          options={(['all', ...covers] as const).map((value) => ({ value, label: t(`coverage.shows.${value}`) }))}
        />
      }
    >
      <Answered query={query} what={t('coverage.load')}>
        {(coverage) => (
          <Modes
            coverage={coverage}
            shown={coverage.modes.filter((mode) => cover === undefined || mode.cover === cover)}
          />
        )}
      </Answered>
    </Card>
  );
}

function Modes({ coverage, shown }: { readonly coverage: Coverage; readonly shown: readonly Mode[] }) {
  const { t } = useTranslation();
  const words = useWords();
  const count = (cover: Mode['cover']): number => coverage.modes.filter((mode) => mode.cover === cover).length;
  const signals = (list: readonly string[]): string =>
    list.map((signal) => words.family('signal', signal)).join(', ') || '–';
  return (
    <>
      <p>
        <strong>{t('coverage.sum', { seen: count('seen'), all: coverage.modes.length })}</strong>{' '}
        {t('coverage.rest', { partly: count('partly'), blind: count('blind') + count('no_rule') })}{' '}
        {t('coverage.signals', { count: coverage.signals })}
      </p>
      {shown.length === 0 ? (
        <p className="note">{t('coverage.none')}</p>
      ) : (
        <RowsTable
          label={t('coverage.title')}
          rows={shown}
          rowKey={({ failure_mode: id }) => id}
          columns={[
            {
              head: t('coverage.mode'),
              cell: ({ failure_mode: id, component: code, title }) => (
                <>
                  <strong>
                    {words.family('component', code)} {title}
                  </strong>
                  <div className="muted small">{failureModes.get(id)?.symptoms ?? id}</div>
                </>
              ),
            },
            {
              head: t('coverage.cover'),
              cell: ({ cover }) => (
                <span className={`condition level-${level[cover]}`}>
                  <LevelIcon level={level[cover]} />
                  {t(`coverage.shows.${cover}`)}
                </span>
              ),
            },
            { head: t('coverage.present'), cell: ({ present }) => signals(present) },
            { head: t('coverage.missing'), cell: ({ missing }) => signals(missing) },
          ]}
        />
      )}
    </>
  );
}

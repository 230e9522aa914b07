import '../i18n/load-component-texts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose, SearchField } from '../parts/choose';
import { PageHead } from '../parts/page';
import { countText } from '../parts/quantity';
import { componentShows, type ComponentsSearch } from '../router';
import { PassportTable } from './passport-table';
import { passportsQuery, type Passport } from './queries';

/** Most rows at once; Find narrows. */
const most = 200;

const passes = {
  fitted: ({ spreader_id: spreader }: Passport) => spreader !== null,
  stored: ({ spreader_id: spreader, scrapped }: Passport) => spreader === null && !scrapped,
  scrapped: ({ scrapped }: Passport) => scrapped,
} as const;

/** Components with serial numbers over the whole fleet, most worn first. */
export function ComponentsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/components' });
  const navigate = useNavigate({ from: '/components' });
  const query = useQuery(passportsQuery(undefined));
  const field = useRef<HTMLInputElement>(null);
  const go = (change: ComponentsSearch): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <>
      <PageHead title={t('components.title')} name={t('components.title')} lead={t('components.lead')}>
        <SearchField
          label={t('fleet.find')}
          hint={t('components.findHint')}
          value={search.find ?? ''}
          onChange={(find) => go({ find: find || undefined })}
          field={field}
        />
        <Choose
          label={t('components.show')}
          value={search.show ?? ''}
          onChange={(value) => go({ show: componentShows.find((one) => one === value) })}
          options={[
            { value: '', label: t('components.all') },
            ...componentShows.map((value) => ({ value, label: t(`components.shows.${value}`) })),
          ]}
        />
      </PageHead>
      <Card title={t('components.twistlocks')}>
        <Answered query={query} what={t('components.load')}>
          {(all) => {
            if (all.length === 0) return <p className="note">{t('components.none')}</p>;
            const find = search.find?.trim().toLowerCase() ?? '';
            const rows = all
              .filter((passport) => search.show === undefined || passes[search.show](passport))
              .filter(({ serial, spreader_number: number }) =>
                [serial, number ?? ''].some((word) => word.toLowerCase().includes(find)),
              )
              .sort((a, b) => b.damage - a.damage || b.cycles - a.cycles);
            if (rows.length === 0) {
              return (
                <p className="note">
                  {t('components.hidden', { count: all.length })}{' '}
                  <button
                    type="button"
                    className="text-button"
                    onClick={() => go({ find: undefined, show: undefined })}
                  >
                    {t('fleet.clear')}
                  </button>
                </p>
              );
            }
            return (
              <>
                <p className="muted small" role="status">
                  {t('components.count', {
                    shown: countText(Math.min(most, rows.length)),
                    all: countText(all.length),
                  })}
                </p>
                <PassportTable passports={rows.slice(0, most)} />
              </>
            );
          }}
        </Answered>
      </Card>
    </>
  );
}

import '../i18n/load-component-texts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useWords } from '../i18n/words';
import { countText, numberText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import type { Passport } from './queries';

/** Share of the lifts whose load was known; under this the damage is a lower bound and is marked. */
const wellWeighed = 0.9;

/** The damage with how well it is founded. */
export function DamageText({ passport }: { readonly passport: Pick<Passport, 'damage' | 'weighed' | 'lifts'> }) {
  const { t } = useTranslation();
  const share = passport.lifts === 0 ? 1 : passport.weighed / passport.lifts;
  return (
    <>
      {numberText(passport.damage)}
      {share < wellWeighed && (
        <div className="muted small">{t('components.weighed', { percent: Math.floor(share * 100) })}</div>
      )}
    </>
  );
}

/** Where a component is now. */
export function PlaceText({ passport }: { readonly passport: Passport }) {
  const { t } = useTranslation();
  const words = useWords();
  if (passport.scrapped) return <>{t('components.scrapped')}</>;
  if (passport.spreader_number === null) return <>{t('components.inStore')}</>;
  return (
    <>
      <Link to="/spreaders/$number/parts" params={{ number: passport.spreader_number }} className="target">
        {passport.spreader_number}
      </Link>
      {passport.position && `, ${words.component(passport.position)}`}
    </>
  );
}

/** Components with where they are, their cycles and damage; `act` adds what can be done with one. */
export function PassportTable(props: {
  readonly passports: readonly Passport[];
  readonly act?: (passport: Passport) => ReactNode;
}) {
  const { t } = useTranslation();
  const { act } = props;
  return (
    <RowsTable
      label={t('components.title')}
      rows={props.passports}
      rowKey={({ serial }) => serial}
      columns={[
        {
          head: t('components.serial'),
          cell: ({ serial }) => (
            <Link to="/components/$serial" params={{ serial }} className="strong-link" data-row-link>
              {serial}
            </Link>
          ),
        },
        { head: t('components.kind'), cell: ({ kind }) => t(`components.kinds.${kind}`) },
        { head: t('components.place'), cell: (passport) => <PlaceText passport={passport} /> },
        { head: t('components.cycles'), right: true, cell: ({ cycles }) => countText(cycles) },
        { head: t('components.lifts'), right: true, cell: ({ lifts }) => countText(lifts) },
        { head: t('components.damage'), right: true, cell: (passport) => <DamageText passport={passport} /> },
        ...(act ? [{ head: t('components.do'), cell: act }] : []),
      ]}
    />
  );
}

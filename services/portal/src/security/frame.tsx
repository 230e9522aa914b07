import '../i18n/load-security-texts';
import './security.css';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page';
import { StepUpDialog } from './step-up-dialog';

const places = [
  { to: '/security', key: 'security.people' },
  { to: '/security/roles', key: 'security.roles' },
  { to: '/security/programs', key: 'security.programs' },
  { to: '/security/policy', key: 'security.policy' },
] as const;

/** What stands around every page of Security. */
export function SecurityFrame(props: { readonly name: string; readonly lead: string; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={props.name} name={`${props.name}, ${t('security.title')}`} lead={props.lead} />
      <nav className="sub-places" aria-label={t('security.places')}>
        {places.map(({ to, key }) => (
          <Link key={to} to={to} activeOptions={{ exact: true }}>
            {t(key)}
          </Link>
        ))}
      </nav>
      {props.children}
      <StepUpDialog />
    </>
  );
}

import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import { may, meQuery } from '../api/queries';
import { Boundary } from '../parts/card';
import { Account } from './account';
import { LiveDot } from './live-dot';
import { OfflineBar } from './offline-bar';
import { SchemeSwitch } from './scheme-switch';
import { useShortcuts } from './use-shortcuts';

const ShortcutsDialog = lazy(() => import('./shortcuts-dialog'));

const places = [
  { to: '/', key: 'nav.attention' },
  { to: '/fleet', key: 'nav.fleet' },
  { to: '/alarms', key: 'nav.alarms' },
  { to: '/kpis', key: 'nav.kpis' },
] as const;

/** What stands around every page: name, places, live connection, colours, who is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [help, setHelp] = useState(false);
  useShortcuts(() => setHelp(true));
  return (
    <>
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          {t('app')}
        </Link>
        <nav className="places" aria-label={t('nav.places')}>
          {places.map(({ to, key }) => (
            <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
              {t(key)}
            </Link>
          ))}
          {may(me, 'access.read') && <Link to="/security">{t('nav.security')}</Link>}
        </nav>
        <LiveDot />
        <div className="wide-only">
          <SchemeSwitch />
        </div>
        <Account showShortcuts={() => setHelp(true)} />
      </header>
      <OfflineBar />
      <main id="content" tabIndex={-1}>
        <Boundary>
          <Outlet />
        </Boundary>
      </main>
      {help && (
        <Suspense>
          <ShortcutsDialog close={() => setHelp(false)} />
        </Suspense>
      )}
    </>
  );
}

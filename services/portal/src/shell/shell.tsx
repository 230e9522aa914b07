import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import type { Permission } from '@quaywatch/contracts';
import { may, meQuery, type Me } from '../api/queries';
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

/** Places for some: who may do none of this does not see them. */
const further = [
  { to: '/components', key: 'nav.components', for: ['fleet.read'] },
  { to: '/rules', key: 'nav.rules', for: ['findings.read'] },
  { to: '/devices', key: 'nav.devices', for: ['devices.read'] },
  { to: '/integrations', key: 'nav.integrations', for: ['webhooks.read'] },
  { to: '/integrations/exports', key: 'nav.integrations', for: ['series.read'] },
  { to: '/security', key: 'nav.security', for: ['access.read'] },
  { to: '/security/audit', key: 'nav.security', for: ['audit.read'] },
] as const satisfies readonly { to: string; key: string; for: readonly Permission[] }[];

type Further = (typeof further)[number];

/** The further places of a person; of two of one name the first that they may open. */
const furtherFor = (me: Me | undefined): Further[] =>
  further
    .filter((place) => place.for.some((permission) => may(me, permission)))
    .filter(({ key }, i, all) => all.findIndex((one) => one.key === key) === i);

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
          {furtherFor(me).map(({ to, key }) => (
            <Link key={key} to={to} className="further" activeOptions={{ includeSearch: false }}>
              {t(key)}
            </Link>
          ))}
          <More places={furtherFor(me)} />
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

/** The further places where there is no room for them beside the others. */
function More({ places }: { readonly places: readonly Further[] }) {
  const { t } = useTranslation();
  const id = useId().replaceAll(/\W/g, '');
  if (places.length === 0) return null;
  return (
    <>
      <button type="button" className="more-button" popoverTarget={id}>
        {t('nav.more')}
      </button>
      <div id={id} popover="auto" className="account more">
        {places.map(({ to, key }) => (
          <Link
            key={key}
            to={to}
            className="button"
            activeOptions={{ includeSearch: false }}
            onClick={() => document.getElementById(id)?.hidePopover()}
          >
            {t(key)}
          </Link>
        ))}
      </div>
    </>
  );
}

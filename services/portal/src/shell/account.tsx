import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../api/queries';
import { send } from '../api/request';
import { SchemeSwitch } from './scheme-switch';

const initials = (name: string): string =>
  name
    .split(/[\s@.]+/)
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('');

/** Who is signed in, and the way out. */
export function Account({ showShortcuts }: { readonly showShortcuts: () => void }) {
  const { t } = useTranslation();
  const id = useId().replaceAll(/\W/g, '');
  const { data: me } = useQuery(meQuery);
  const [failure, setFailure] = useState<string | null>(null);
  const name = me?.name ?? me?.email ?? '';

  const signOut = (): void => {
    setFailure(null);
    send('/auth/logout', 'POST').then(
      (answer) => {
        const { redirect } = (answer ?? {}) as { redirect?: unknown };
        window.location.assign(typeof redirect === 'string' ? redirect : '/');
      },
      (error: Error) => setFailure(error.message),
    );
  };

  return (
    <>
      <button type="button" className="account-button" popoverTarget={id}>
        {initials(name) || '–'}
        <span className="unseen">{name ? `, ${t('account.open')}: ${name}` : `, ${t('account.open')}`}</span>
      </button>
      <div id={id} popover="auto" className="account" role="dialog" aria-label={t('account.open')}>
        {me && (
          <p>
            {t('account.signedIn', { name })}
            <br />
            <span className="muted">{me.org.name}</span>
          </p>
        )}
        <SchemeSwitch />
        <Link to="/account" className="button">
          {t('account.mine')}
        </Link>
        <button
          type="button"
          className="button"
          popoverTarget={id}
          popoverTargetAction="hide"
          onClick={() => showShortcuts()}
        >
          {t('account.shortcuts')}
        </button>
        <button type="button" className="button" onClick={signOut}>
          {t('account.signOut')}
        </button>
        {failure !== null && <p role="alert">{t('account.failed', { reason: failure })}</p>}
      </div>
    </>
  );
}

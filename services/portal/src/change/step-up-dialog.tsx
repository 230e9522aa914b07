import '../i18n/load-change-texts';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../api/queries';
import { request } from '../api/request';
import { settle, signedInChannel, signedInPath } from './step-up';

/** Asks for a fresh sign-in; it happens in a window of its own, so that nothing entered is lost. */
export default function StepUpDialog() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const [opened, setOpened] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    const channel = new BroadcastChannel(signedInChannel);
    channel.onmessage = () => {
      const before = client.getQueryData(meQuery.queryKey)?.id;
      request('me').then(
        ({ id }) => {
          // Somebody else has signed in: what is on the page is not theirs.
          if (before !== undefined && id !== before) window.location.reload();
          else settle(true);
        },
        () => settle(false),
      );
    };
    return () => channel.close();
  }, [client]);

  const signIn = (): void => {
    const window_ = window.open(loginPath(signedInPath), 'quaywatch-sign-in', 'popup,width=480,height=720');
    setOpened(true);
    // A browser that opens no window: here, and what was entered is lost.
    if (!window_) window.location.assign(loginPath(window.location.pathname));
  };

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="step-up-title" onClose={() => settle(false)}>
      <h2 id="step-up-title">{t('stepUp.title')}</h2>
      <p>{t('stepUp.text')}</p>
      <p role="status" className="note">
        {opened && t('stepUp.waiting')}
      </p>
      <p className="form-do">
        <button type="button" className="button primary" onClick={signIn}>
          {t('stepUp.go')}
        </button>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {t('stepUp.cancel')}
        </button>
      </p>
    </dialog>
  );
}

const loginPath = (returnTo: string): string => `/auth/login?prompt=login&return_to=${encodeURIComponent(returnTo)}`;

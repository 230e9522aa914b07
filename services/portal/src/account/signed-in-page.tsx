import '../i18n/load-change-texts';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page';
import { signedInChannel } from '../change/step-up';

/** Where a fresh sign-in in a window of its own ends: tells the page that waits for it, and closes. */
export function SignedInPage() {
  const { t } = useTranslation();
  useEffect(() => {
    const channel = new BroadcastChannel(signedInChannel);
    channel.postMessage('signed-in');
    channel.close();
    window.close();
  }, []);
  return <PageHead title={t('stepUp.done')} name={t('stepUp.done')} />;
}

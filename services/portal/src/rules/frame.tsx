import '../i18n/load-rule-texts';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PlaceFrame } from '../parts/place-frame';

/** What stands around every page of Rules. */
export function RulesFrame(props: {
  readonly name: string;
  readonly lead?: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <PlaceFrame
      {...props}
      place={t('rules.title')}
      places={[
        { to: '/rules', label: t('rules.rules') },
        { to: '/rules/settings', label: t('settings.title') },
        { to: '/rules/edits', label: t('settings.edits') },
      ]}
    />
  );
}

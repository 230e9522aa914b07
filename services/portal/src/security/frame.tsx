import '../i18n/load-security-texts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { PlaceFrame, type SubPlace } from '../parts/place-frame';

/** What stands around every page of Security. */
export function SecurityFrame(props: {
  readonly name: string;
  readonly lead: string;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const access: readonly SubPlace[] = [
    { to: '/security', label: t('security.people') },
    { to: '/security/roles', label: t('security.roles') },
    { to: '/security/programs', label: t('security.programs') },
    { to: '/security/policy', label: t('security.policy') },
    { to: '/security/waiting', label: t('security.waiting') },
    { to: '/security/reviews', label: t('security.reviews') },
  ];
  const trail: readonly SubPlace[] = [
    { to: '/security/audit', label: t('security.audit') },
    { to: '/security/incidents', label: t('security.incidents') },
  ];
  const places = [...(may(me, 'access.read') ? access : []), ...(may(me, 'audit.read') ? trail : [])];
  return <PlaceFrame {...props} place={t('security.title')} places={places} />;
}

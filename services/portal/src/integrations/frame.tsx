import '../i18n/load-integration-texts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { PlaceFrame } from '../parts/place-frame';

/** What stands around every page of Integrations. */
export function IntegrationsFrame(props: {
  readonly name: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  return (
    <PlaceFrame
      {...props}
      place={t('integrations.title')}
      places={[
        ...(may(me, 'webhooks.read') ? [{ to: '/integrations', label: t('integrations.webhooks') } as const] : []),
        ...(may(me, 'series.read') ? [{ to: '/integrations/exports', label: t('integrations.exports') } as const] : []),
        ...(may(me, 'access.read') ? [{ to: '/integrations/usage', label: t('integrations.usage') } as const] : []),
        ...(may(me, 'fleet.read') ? [{ to: '/integrations/sandbox', label: t('integrations.sandbox') } as const] : []),
        { to: '/integrations/api', label: t('integrations.api') },
      ]}
    />
  );
}

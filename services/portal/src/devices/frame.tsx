import '../i18n/load-device-texts';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PlaceFrame } from '../parts/place-frame';

/** What stands around every page of Devices. */
export function DevicesFrame(props: {
  readonly name: string;
  readonly lead?: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <PlaceFrame
      {...props}
      place={t('devices.title')}
      places={[
        { to: '/devices', label: t('devices.units') },
        { to: '/devices/quarantine', label: t('devices.quarantinePage') },
        { to: '/devices/firmware', label: t('devices.firmware') },
        { to: '/devices/authorities', label: t('devices.authorities') },
      ]}
    />
  );
}

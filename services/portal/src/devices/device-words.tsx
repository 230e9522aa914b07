import { useTranslation } from 'react-i18next';
import { LevelIcon } from '../parts/condition-mark';
import { useNow } from '../time/clock';
import { certificateLife } from './certificate-life';
import type { Device } from './queries';

const stateLevel = {
  active: 'ok',
  pending: 'watch',
  quarantined: 'plan',
  rejected: 'plan',
  revoked: 'act_now',
} as const;

/** Where a unit stands with us: shape, word and colour. */
export function DeviceStateMark({ state }: { readonly state: Device['state'] }) {
  const { t } = useTranslation();
  return (
    <span className={`condition level-${stateLevel[state]}`}>
      <LevelIcon level={stateLevel[state]} />
      {t(`devices.states.${state}`)}
    </span>
  );
}

const connectionLevel = { online: 'ok', offline: 'no_data', never: 'no_data' } as const;

/** Whether a unit is connected now. */
export function ConnectionMark({ connection }: { readonly connection: Device['connection'] }) {
  const { t } = useTranslation();
  return (
    <span className={`condition level-${connectionLevel[connection]}`}>
      <LevelIcon level={connectionLevel[connection]} />
      {t(`devices.connections.${connection}`)}
    </span>
  );
}

const urgencyLevel = { ended: 'act_now', day: 'act_now', week: 'plan', month: 'watch', none: 'ok' } as const;

/** How long a certificate is still good: plain while there is time, marked from 30 days on. */
export function CertificateLifeText({ notAfter }: { readonly notAfter: string }) {
  const { t } = useTranslation();
  const { days, urgency } = certificateLife(notAfter, useNow(60));
  const text = urgency === 'ended' ? t('devices.certificateEnded') : t('devices.certificateDays', { count: days });
  if (urgency === 'none') return <>{text}</>;
  return (
    <span className={`condition level-${urgencyLevel[urgency]}`}>
      <LevelIcon level={urgencyLevel[urgency]} />
      {text}
    </span>
  );
}

import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AgeText } from '../parts/age-text';
import { ownTimeZone, timeWords } from '../time/format-time';
import type { SignedInSession } from './queries';
import { deviceName } from './device-name';

/** Sessions as rows; `act` adds what can be done with one. */
export function SessionRows(props: {
  readonly sessions: readonly SignedInSession[];
  readonly act?: (session: SignedInSession, device: string) => ReactNode;
}) {
  const { t } = useTranslation();
  const zone = ownTimeZone();
  return (
    <ul className="rows">
      {props.sessions.map((session) => {
        const device = deviceName(session.user_agent) ?? t('factors.unknownDevice');
        return (
          <li key={session.id}>
            <div>
              {device}
              {session.current && <strong> ({t('factors.thisOne')})</strong>}
              <br />
              <span className="muted small">
                {session.address ?? t('factors.noAddress')}
                {'. '}
                {t('factors.signedIn', { time: timeWords(zone).dateTime(Date.parse(session.created_at)) })}{' '}
                {t('factors.lastUsed')} <AgeText at={session.last_seen_at} timeZone={zone} />
              </span>
            </div>
            {props.act?.(session, device)}
          </li>
        );
      })}
    </ul>
  );
}

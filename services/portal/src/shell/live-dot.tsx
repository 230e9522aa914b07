import { useTranslation } from 'react-i18next';
import { useConnectionState } from '../live/connection';

/** The state of the live connection: shape and word; nothing where there is none. */
export function LiveDot() {
  const { t } = useTranslation();
  const state = useConnectionState();
  if (state === 'none') return null;
  return (
    <span className={`live-dot ${state}`} role="status" aria-label={`${t('live.label')}: ${t(`live.${state}`)}`}>
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        {state === 'live' ? (
          <circle cx="5" cy="5" r="4.2" fill="currentColor" />
        ) : (
          <g fill="none" stroke="currentColor" strokeWidth="1.6">
            <circle cx="5" cy="5" r="4" />
            {state === 'offline' && <path d="M2 8 8 2" />}
          </g>
        )}
      </svg>
      {t(`live.${state}`)}
    </span>
  );
}

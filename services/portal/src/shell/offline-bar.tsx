import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connection, useConnectionState } from '../live/connection';
import { ownTimeZone, timeWords } from '../time/format-time';

/** A short break is no news: the stream comes back after 3 s by itself. */
const patience = 5000;

/** Says since when what is shown is old. */
export function OfflineBar() {
  const { t } = useTranslation();
  const state = useConnectionState();
  const [from, setFrom] = useState<number | null | undefined>();
  useEffect(() => {
    const wait = state === 'offline' ? patience : 0;
    const timer = setTimeout(() => setFrom(state === 'offline' ? connection().lastHeardAt : undefined), wait);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div role="status">
      {from !== undefined && (
        <p className="offline-bar">
          {from === null ? t('offline.never') : t('offline.since', { time: timeWords(ownTimeZone()).clock(from) })}
        </p>
      )}
    </div>
  );
}

import { useTranslation } from 'react-i18next';
import { ageOf } from '../time/ages';
import { useNow } from '../time/clock';
import { timeWords } from '../time/format-time';

/** "24 s ago", then the clock time; the exact time with its zone is in the tooltip. */
export function AgeText({ at, timeZone }: { readonly at: string | null; readonly timeZone: string }) {
  const { t } = useTranslation();
  const now = useNow();
  if (at === null) return <>{t('age.never')}</>;
  const ms = Date.parse(at);
  const words = timeWords(timeZone);
  const age = ageOf(ms, now);
  return (
    <time dateTime={at} title={`${words.dateTime(ms, now)} ${words.timeZone}`}>
      {age.unit === 'clock'
        ? words.dateTime(ms, now)
        : age.unit === 'now'
          ? t('age.now')
          : t(`age.${age.unit}`, { n: age.n })}
    </time>
  );
}

import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../api/queries';
import { countText } from '../parts/quantity';
import { useNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import { newestFirst } from './alarm-groups';
import { isFlood, recentAlarms } from './flood';

/** Says that more alarms come than a person can manage, what came first, and that nothing is dropped. */
export function FloodBanner(props: { readonly alarms: readonly Alarm[]; readonly zoneOf: (alarm: Alarm) => string }) {
  const { t } = useTranslation();
  const now = useNow(2);
  const before = useRef(false);
  const recent = recentAlarms(props.alarms, now);
  before.current = isFlood(before.current, recent.length);
  const first = newestFirst(recent).at(-1);
  if (!before.current || !first) return null;
  return (
    <p className="bar flood">
      <strong>{t('alarms.flood')}</strong>{' '}
      {t('alarms.floodText', {
        n: countText(recent.length),
        spreaders: countText(new Set(recent.map(({ spreader_id }) => spreader_id)).size),
        causes: new Set(recent.map(({ code }) => code)).size,
        first: first.title,
        number: first.spreader_number,
        time: timeWords(props.zoneOf(first)).seconds(Date.parse(first.raised_at)),
      })}
    </p>
  );
}

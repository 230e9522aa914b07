import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm, Me } from '../api/queries';
import { ConditionMark } from '../parts/condition-mark';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import { canTake } from './alarm-groups';

/** What every row of the list needs to know. */
export interface AboutAlarms {
  readonly me: Me | undefined;
  readonly mayTake: boolean;
  readonly take: (alarms: readonly Alarm[]) => void;
  readonly taking: ReadonlySet<string>;
  /** The alarm the address points at. */
  readonly chosen: string | undefined;
  readonly zoneOf: (alarm: Alarm) => string;
}

/** One alarm. */
export function AlarmRow({ alarm, about }: { readonly alarm: Alarm; readonly about: AboutAlarms }) {
  const { t } = useTranslation();
  const row = useRef<HTMLLIElement>(null);
  const chosen = about.chosen === alarm.id;
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'center' });
  }, [chosen]);
  const words = timeWords(about.zoneOf(alarm));
  const raised = Date.parse(alarm.raised_at);
  return (
    <li ref={row} data-row className={chosen ? 'alarm chosen' : 'alarm'} aria-current={chosen ? 'true' : undefined}>
      <ConditionMark level={alarm.level} />
      <div className="alarm-what">
        <p>
          <strong>{alarm.title}</strong>{' '}
          <Link
            to="/spreaders/$number"
            params={{ number: alarm.spreader_number }}
            search={{ finding: alarm.finding_id ?? undefined }}
            data-row-link
          >
            {alarm.spreader_number}
          </Link>
        </p>
        <p className="muted">{alarm.reason}</p>
      </div>
      <p className="alarm-when muted">
        <time dateTime={alarm.raised_at} title={words.timeZone}>
          {t('alarms.raised', { time: words.dateTime(raised, serverNow()) })}
        </time>
        <br />
        <StateWords alarm={alarm} me={about.me} />
      </p>
      <div className="alarm-do">
        <TakeButton
          alarms={[alarm]}
          about={about}
          label={t('alarms.takeLabel', { title: alarm.title, number: alarm.spreader_number })}
        />
      </div>
    </li>
  );
}

function StateWords({ alarm, me }: { readonly alarm: Alarm; readonly me: Me | undefined }) {
  const { t } = useTranslation();
  const { state, acknowledged_at: at, acknowledged_by: by, late } = alarm;
  if (state === 'acknowledged' && at !== null) {
    // Own time: it says when somebody pressed a button, not what happened at the terminal.
    const time = timeWords(Intl.DateTimeFormat().resolvedOptions().timeZone).dateTime(Date.parse(at), serverNow());
    return <>{by !== null && by === me?.id ? t('alarms.state.acknowledgedByYou', { time }) : t('alarms.state.acknowledgedAt', { time })}</>;
  }
  return (
    <>
      {t(`alarms.state.${state}`)}
      {late && `, ${t('alarms.state.late')}`}
    </>
  );
}

/** "Take it", as long as there is something to take and the person may. */
export function TakeButton(props: {
  readonly alarms: readonly Alarm[];
  readonly about: AboutAlarms;
  readonly label: string;
}) {
  const { t } = useTranslation();
  const { alarms, about } = props;
  const busy = alarms.some(({ id }) => about.taking.has(id));
  const open = alarms.filter(canTake);
  if (open.length === 0 && !busy) return null;
  if (!about.mayTake) return about.me ? <span className="muted small">{t('alarms.ask')}</span> : null;
  return (
    <button type="button" className="button" data-take aria-label={props.label} disabled={busy} onClick={() => about.take(open)}>
      {busy ? t('alarms.taking') : t('alarms.take')}
    </button>
  );
}

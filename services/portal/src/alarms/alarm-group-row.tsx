import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConditionMark } from '../parts/condition-mark';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import type { AlarmGroup } from './alarm-groups';
import { AlarmRow, TakeButton, type AboutAlarms } from './alarm-row';

/** In a group so many alarms are shown at first; a flood must not build thousands of rows. */
const atFirst = 50;

/** All alarms of one cause; a single alarm is shown as it is. */
export function AlarmGroupRow(props: { readonly group: AlarmGroup; readonly about: AboutAlarms; readonly zone: string }) {
  const { t } = useTranslation();
  const { group, about } = props;
  const id = useId();
  const [open, setOpen] = useState(() => group.alarms.some((alarm) => alarm.id === about.chosen));
  const [most, setMost] = useState(atFirst);
  const [only] = group.alarms;
  if (group.alarms.length === 1 && only) return <AlarmRow alarm={only} about={about} />;

  const words = timeWords(only ? about.zoneOf(only) : props.zone);
  const last = serverNow() - group.lastAt < 86_400_000 ? words.seconds(group.lastAt) : words.dateTime(group.lastAt, serverNow());
  return (
    <li data-row className="alarm group">
      <ConditionMark level={group.level} />
      <div className="alarm-what">
        <p>
          <strong>{group.title}</strong> <span className="muted">{t('alarms.times', { count: group.alarms.length })}</span>
        </p>
        <button
          type="button"
          className="text-button"
          data-row-link
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          {t('alarms.show')}
          <span className="unseen">: {t('alarms.group', { title: group.title })}</span>
        </button>
      </div>
      <p className="alarm-when muted">{t('alarms.spreaders', { count: group.spreaders, time: last })}</p>
      <div className="alarm-do">
        <TakeButton
          alarms={group.alarms}
          about={about}
          label={t('alarms.takeAllLabel', { title: group.title, count: group.untaken })}
        />
      </div>
      <div id={id} className="alarm-members" hidden={!open}>
        {open && (
          <>
            <ul className="alarm-list" aria-label={t('alarms.group', { title: group.title })}>
              {group.alarms.slice(0, most).map((alarm) => (
                <AlarmRow key={alarm.id} alarm={alarm} about={about} />
              ))}
            </ul>
            {group.alarms.length > most && (
              <button type="button" className="text-button" onClick={() => setMost(most + atFirst)}>
                {t('moves.more')} ({group.alarms.length - most})
              </button>
            )}
          </>
        )}
      </div>
    </li>
  );
}

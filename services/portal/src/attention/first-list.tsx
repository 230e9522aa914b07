import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { alarmsQuery, terminalsQuery, type Alarm, type Attention } from '../api/queries';
import { ConditionMark } from '../parts/condition-mark';
import { hoursText } from '../parts/quantity';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';

/** So many rows are shown; the rest is in Fleet. */
const most = 8;

/** What to do first: the most crane hours at risk on top. */
export function FirstList({ data }: { readonly data: Attention }) {
  const { t } = useTranslation();
  const alarms = useQuery(alarmsQuery).data ?? [];
  const terminals = useQuery(terminalsQuery).data ?? [];
  const zoneOf = new Map(terminals.map(({ id, time_zone }) => [id, time_zone] as const));
  const alarmOf = new Map<string, Alarm>(alarms.flatMap((alarm) => (alarm.finding_id ? [[alarm.finding_id, alarm]] : [])));

  if (data.first.length === 0) {
    const zone = terminals[0]?.time_zone ?? 'UTC';
    const time = timeWords(zone).clock(Date.parse(data.computed_at));
    return <p className="note">{data.counts.no_data > 0 ? t('attention.noneUnknown', { time }) : t('attention.none', { time })}</p>;
  }
  return (
    <>
      <ol className="first-list">
        {data.first.slice(0, most).map((row) => (
          <FirstRow
            key={row.finding.id}
            row={row}
            alarm={alarmOf.get(row.finding.id)}
            timeZone={zoneOf.get(row.terminal_id) ?? 'UTC'}
          />
        ))}
      </ol>
      <Link to="/fleet" search={{ sort: 'risk', down: true }}>
        {t('attention.all')}
      </Link>
    </>
  );
}

function FirstRow(props: {
  readonly row: Attention['first'][number];
  readonly alarm: Alarm | undefined;
  readonly timeZone: string;
}) {
  const { t } = useTranslation();
  const { row, alarm } = props;
  const { finding } = row;
  return (
    <li data-row>
      <div className="first-where">
        <Link to="/spreaders/$number" params={{ number: row.number }} search={{ finding: finding.id }} data-row-link className="strong-link">
          {row.number}
        </Link>
        <span className="muted small">{[row.crane_number, row.terminal_name].filter(Boolean).join(', ')}</span>
      </div>
      <div className="first-what">
        <p>
          <ConditionMark level={row.condition} /> {finding.title}
        </p>
        <p className="muted">{finding.action}</p>
        {alarm && (
          <p className="small">
            <Link to="/alarms" search={{ alarm: alarm.id }} className="target">
              {t('attention.alarm', {
                time: timeWords(props.timeZone).dateTime(Date.parse(alarm.raised_at), serverNow()),
              })}
            </Link>
          </p>
        )}
      </div>
      <div className="first-cost">
        <span className="figure">{t('attention.hours', { hours: hoursText(finding.repair_hours) })}</span>
        <span className="muted small">{t('attention.toFix', { risk: hoursText(finding.risk_hours) })}</span>
      </div>
      <Link
        to="/spreaders/$number"
        params={{ number: row.number }}
        search={{ finding: finding.id }}
        className="button"
        aria-label={t('attention.openLabel', { number: row.number })}
      >
        {t('attention.open')}
      </Link>
    </li>
  );
}

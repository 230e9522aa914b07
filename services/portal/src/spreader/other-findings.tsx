import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Finding, SpreaderDetail } from '../api/queries';
import { Card } from '../parts/card';
import { ConditionMark } from '../parts/condition-mark';
import { hoursText } from '../parts/quantity';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';

/** The findings that are not the one shown above; each can be made the one. */
export function OtherFindings(props: { readonly spreader: SpreaderDetail; readonly findings: readonly Finding[] }) {
  const { t } = useTranslation();
  const words = timeWords(props.spreader.terminal.time_zone);
  return (
    <Card title={t('spreader.others')}>
      <ul className="plain-list">
        {props.findings.map((finding) => (
          <li key={finding.id} data-row>
            <ConditionMark level={finding.level} />{' '}
            <Link
              to="/spreaders/$number"
              params={{ number: props.spreader.number }}
              search={{ finding: finding.id }}
              data-row-link
              className="target"
            >
              {finding.title}
            </Link>{' '}
            <span className="muted">
              {t('spreader.since', { time: words.dateTime(Date.parse(finding.first_seen_at), serverNow()) })}{' '}
              {t('spreader.leftAlone', { hours: hoursText(finding.risk_hours) })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

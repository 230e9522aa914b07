import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery, type Finding, type SpreaderDetail } from '../api/queries';
import { Blanks } from '../parts/blanks';
import { hoursText } from '../parts/quantity';
import { shownCondition } from '../parts/condition';
import { ConditionMark } from '../parts/condition-mark';
import { useNow } from '../time/clock';
import { timeWords, type TimeWords } from '../time/format-time';
import { sureWord } from './sure-word';

const AdviceActions = lazy(() => import('./advice-actions'));

/** The finding: what, since when, how sure, the evidence, what to do with what, and what will prove it. */
export function WhatIsWrong(props: { readonly spreader: SpreaderDetail; readonly finding: Finding | undefined }) {
  const { t } = useTranslation();
  const now = useNow(30);
  const { spreader, finding } = props;
  const words = timeWords(spreader.terminal.time_zone);

  if (!finding) {
    const condition = shownCondition(spreader, now);
    if (condition === 'ok') return <p className="note">{t('spreader.nothing')}</p>;
    const { last_seen_at: seen, connection } = spreader;
    return (
      <p className="note">
        {condition !== 'no_data' || (connection === 'online' && seen !== null)
          ? t('spreader.unknownShort')
          : seen === null
            ? t('spreader.unknownNever')
            : t('spreader.unknown', { time: words.dateTime(Date.parse(seen), now) })}
      </p>
    );
  }
  return (
    <>
      <p className="finding">
        <ConditionMark level={finding.level} /> <strong>{finding.title}.</strong>{' '}
        {t('spreader.since', { time: words.dateTime(Date.parse(finding.first_seen_at), now) })}
      </p>
      <ul className="evidence muted">
        {finding.evidence.map((one) => (
          <li key={`${one.signal} ${one.from}`}>{one.text}</li>
        ))}
      </ul>
      <p className="muted">
        {t(`risk.${finding.risk}`)}.{' '}
        {t('spreader.sure', {
          word: t(`spreader.sureWord.${sureWord(finding.confidence)}`),
          percent: Math.round(finding.confidence * 100),
        })}{' '}
        {t('spreader.leftAlone', { hours: hoursText(finding.risk_hours) })}
      </p>
      <TimeLeft life={finding.remaining_life} words={words} now={now} />
      <h3>{t('spreader.todo', { hours: hoursText(finding.repair_hours) })}</h3>
      <ol className="steps">
        {finding.actions.map((action) => (
          <li key={action}>{action}</li>
        ))}
      </ol>
      <dl className="needs">
        <div>
          <dt>{t('spreader.parts')}</dt>
          <dd>{finding.parts.join(', ') || t('spreader.noParts')}</dd>
        </div>
        <div>
          <dt>{t('spreader.skills')}</dt>
          <dd>{finding.skills.join(', ') || t('spreader.noParts')}</dd>
        </div>
        <div>
          <dt>{t('spreader.verification')}</dt>
          <dd>{finding.verification}</dd>
        </div>
      </dl>
      <Act finding={finding} spreader={spreader} />
      <p className="muted small">
        {t('spreader.provenance', { algorithm: finding.provenance.algorithm, version: finding.provenance.version })}
      </p>
    </>
  );
}

/** When it must be acted on, or why that is not said. */
function TimeLeft(props: {
  readonly life: Finding['remaining_life'];
  readonly words: TimeWords;
  readonly now: number;
}) {
  const { t } = useTranslation();
  const { life, words, now } = props;
  if (!life) return null;
  const { at, lifts, why } = life;
  if (!at) return <p className="muted">{t(`spreader.lifeNot.${why ?? 'too_few'}`)}</p>;
  const time = (text: string): string => words.dateTime(Date.parse(text), now);
  const times = {
    time: time(at.middle),
    low: time(at.low),
    high: at.high === null ? t('spreader.later') : time(at.high),
  };
  return (
    <p className="muted">
      {lifts ? t('spreader.life', { ...times, lifts: lifts.middle }) : t('spreader.lifeTime', times)}
    </p>
  );
}

/** What happened, and what people did with it: in sight when there is something, else when somebody wants to act. */
function Act(props: { readonly finding: Finding; readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { finding, spreader } = props;
  const [asked, setAsked] = useState(false);
  const open = asked || finding.progress !== null || finding.verdict !== null || finding.reopened.times > 0;
  return (
    <>
      <p className="form-do no-print">
        <Link
          to="/spreaders/$number/replay"
          params={{ number: spreader.number }}
          search={{ finding: finding.id }}
          className="button"
        >
          {t('spreader.replayFinding')}
        </Link>
        {!open && (
          <button type="button" className="button" onClick={() => setAsked(true)}>
            {t('spreader.act')}
          </button>
        )}
      </p>
      {open && (
        <Suspense fallback={<Blanks rows={2} />}>
          <AdviceActions finding={finding} spreader={spreader} writes={may(me, 'alarms.write')} />
        </Suspense>
      )}
    </>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiFault } from '../api/request';
import { findingsQuery, spreaderQuery, type SpreaderDetail } from '../api/queries';
import { AgeText } from '../parts/age-text';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { Card } from '../parts/card';
import { shownCondition } from '../parts/condition';
import { ConditionMark } from '../parts/condition-mark';
import { PageHead } from '../parts/page';
import { countText } from '../parts/quantity';
import { useNow } from '../time/clock';
import { ChartCard } from './chart-card';
import { ComponentsCard } from './components-card';
import { LiveValuesCard } from './live-values-card';
import { MovesCard } from './moves-card';
import { OtherFindings } from './other-findings';
import { SpreaderDrawing } from './spreader-drawing';
import { WhatIsWrong } from './what-is-wrong';

/** One spreader: what is wrong, where, the proof, and the rest of what is known. */
export function SpreaderPage() {
  const { t } = useTranslation();
  const { number } = useParams({ from: '/spreaders/$number' });
  const query = useQuery(spreaderQuery(number));

  if (query.data === undefined && query.error instanceof ApiFault && query.error.status === 404) {
    const title = t('spreader.notFound', { number });
    return (
      <>
        <PageHead title={title} name={title} lead={t('spreader.notFoundHint')} />
        <Link to="/fleet">{t('spreader.toFleet')}</Link>
      </>
    );
  }
  return (
    <Answered
      query={query}
      what={t('what.spreader')}
      blank={
        <>
          <PageHead title={number} name={number} />
          <div className="card">
            <Blanks rows={8} />
          </div>
        </>
      }
    >
      {(spreader) => <Spreader key={spreader.id} spreader={spreader} />}
    </Answered>
  );
}

function Spreader({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/spreaders/$number' });
  const findings = useQuery(findingsQuery(spreader.id));
  const list = findings.data ?? [];
  const finding = list.find(({ id }) => id === search.finding) ?? list.find(({ id }) => id === spreader.top_finding?.id) ?? list[0];
  const { model, crane, terminal } = spreader;
  const where = crane
    ? t('spreader.on', { model, crane: crane.number, terminal: terminal.name })
    : t('spreader.off', { model, terminal: terminal.name });

  return (
    <>
      <PageHead
        name={spreader.number}
        title={
          <>
            {spreader.number} <span className="model">{where}</span>
          </>
        }
        lead={<Lead spreader={spreader} />}
      >
        <button type="button" className="button no-print" onClick={() => window.print()}>
          {t('spreader.print')}
        </button>
      </PageHead>
      <div className="split">
        <Card title={t('spreader.wrong')}>
          <Answered query={findings} what={t('what.findings')}>
            {() => <WhatIsWrong spreader={spreader} finding={finding} />}
          </Answered>
        </Card>
        <Card title={t('spreader.where')}>
          <SpreaderDrawing spreader={spreader} findings={list} chosen={finding} />
        </Card>
      </div>
      <ChartCard spreader={spreader} finding={finding} />
      {list.length > 1 && <OtherFindings spreader={spreader} findings={list.filter((one) => one !== finding)} />}
      <div className="halves">
        <ComponentsCard spreader={spreader} />
        <LiveValuesCard spreader={spreader} />
      </div>
      <MovesCard spreader={spreader} />
    </>
  );
}

function Lead({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const now = useNow(30);
  const { health, last_seen_at: seen, lifts_24h: lifts, terminal } = spreader;
  const [before, after] = t('spreader.seen', { age: '\u0000' }).split('\u0000');
  return (
    <>
      <ConditionMark level={shownCondition(spreader, now)} />{' '}
      {health.score === null ? t('spreader.noHealth') : t('spreader.health', { score: Math.round(health.score) })}{' '}
      {seen === null ? (
        t('spreader.neverSeen')
      ) : (
        <>
          {before}
          <AgeText at={seen} timeZone={terminal.time_zone} />
          {after}
        </>
      )}{' '}
      {t('spreader.lifts', { count: lifts, n: countText(lifts) })}
    </>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { findingsQuery, type SpreaderDetail } from '../api/queries';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { Card } from '../parts/card';
import { ChartCard } from './chart-card';
import { ComponentsCard } from './components-card';
import { SpreaderFrame } from './frame';
import { LiveValuesCard } from './live-values-card';
import { MovesCard } from './moves-card';
import { OtherFindings } from './other-findings';
import { SpreaderDrawing } from './spreader-drawing';
import { WhatIsWrong } from './what-is-wrong';

const LifeCard = lazy(() => import('./life-card'));

/** One spreader now: what is wrong, where, the proof, and the rest of what is known. */
export const SpreaderPage = () => <SpreaderFrame>{(spreader) => <Now spreader={spreader} />}</SpreaderFrame>;

function Now({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/spreaders/$number' });
  const findings = useQuery(findingsQuery(spreader.id));
  const list = findings.data ?? [];
  const finding =
    list.find(({ id }) => id === search.finding) ?? list.find(({ id }) => id === spreader.top_finding?.id) ?? list[0];
  return (
    <>
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
      <Suspense fallback={<Blanks rows={2} />}>
        <LifeCard spreader={spreader} />
      </Suspense>
      <MovesCard spreader={spreader} />
    </>
  );
}

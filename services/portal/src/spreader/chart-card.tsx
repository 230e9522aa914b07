import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { findSignal } from '@quaywatch/contracts';
import { seriesQuery, type Finding, type Series, type SpreaderDetail } from '../api/queries';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { Card } from '../parts/card';
import { Choose, OneOf } from '../parts/choose';
import { LevelIcon } from '../parts/condition-mark';
import { numberText, scaleFor } from '../parts/quantity';
import { ranges, type Range } from '../router';
import { useShownColorScheme } from '../shell/color-scheme';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import { ChartTable } from './chart-table';
import { limitsOf, summarise, type Limit } from './chart-summary';
import { ChartWords } from './chart-words';

const SignalChart = lazy(() => import('./signal-chart'));

/** Signals that are worth a look on any spreader. */
const general = [
  'tl.spread',
  'tl[1].lockTime',
  'tl[2].lockTime',
  'tl[3].lockTime',
  'tl[4].lockTime',
  'lp.skew',
  'landing.peakG',
  'load.total',
  'tele.time',
  'hyd.press',
  'hyd.oilTemp',
  'hyd.level',
  'pump.current',
  'vib.rms',
];

/** The signal that proves the finding over time, with its limit. */
export function ChartCard(props: { readonly spreader: SpreaderDetail; readonly finding: Finding | undefined }) {
  const { t } = useTranslation();
  const words = useWords();
  const { spreader, finding } = props;
  const search = useSearch({ from: '/spreaders/$number' });
  const navigate = useNavigate({ from: '/spreaders/$number' });
  const range: Range = search.range ?? '7d';
  const proving = [...new Set(finding?.evidence.map(({ signal }) => signal))];
  const others = general.filter((signal) => !proving.includes(signal));
  const signal = search.signal ?? proving[0] ?? others[0];
  const query = useQuery({
    ...seriesQuery(spreader.number, signal, ranges[range], serverNow),
    placeholderData: (old, previous) => (previous?.queryKey[2] === signal ? keepPreviousData(old) : undefined),
  });
  const evidence = finding?.evidence.find((one) => one.signal === signal);
  const series = withUnit(query.data?.series[0], evidence);
  const zone = spreader.terminal.time_zone;
  const options = (list: readonly string[]) => list.map((value) => ({ value, label: words.signal(value) }));

  return (
    <Card
      title={
        <>
          {signal ? words.signal(signal) : t('what.series')}
          <UnitOf series={series} signal={signal} />{' '}
          <span className="plain muted">{t('chart.zone', { zone: timeWords(zone).timeZone })}</span>
        </>
      }
      aside={
        <div className="tools no-print">
          <Choose
            quiet
            label={t('chart.signal')}
            value={signal ?? ''}
            onChange={(next) => {
              void navigate({ search: (old) => ({ ...old, signal: next }), replace: true, resetScroll: false });
            }}
            options={[
              ...(proving.length > 0 ? [{ group: t('chart.proves'), options: options(proving) }] : []),
              {
                group: t('chart.others'),
                options: options(
                  signal && !proving.includes(signal) && !others.includes(signal) ? [signal, ...others] : others,
                ),
              },
            ]}
          />
          <OneOf
            label={t('chart.range')}
            value={range}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, range: value }), replace: true, resetScroll: false })
            }
            options={[
              { value: '24h', label: t('chart.h24') },
              { value: '7d', label: t('chart.d7') },
              { value: '30d', label: t('chart.d30') },
            ]}
          />
        </div>
      }
    >
      <Answered query={query} what={t('what.series')} blank={<Blanks rows={1} tall />}>
        {(answer) => (
          <Chart
            answer={answer}
            series={series}
            limits={series ? limitsOf(series, passedLimit(evidence, finding)) : []}
            firstSeenAt={evidence && finding ? Date.parse(finding.first_seen_at) : null}
            timeZone={zone}
            name={signal ? words.signal(signal) : ''}
          />
        )}
      </Answered>
    </Card>
  );
}

/** A derived value has no unit of its own in the catalogue; the evidence knows it. */
function withUnit(series: Series | undefined, evidence: Finding['evidence'][number] | undefined): Series | undefined {
  return series?.unit === '1' && evidence ? { ...series, unit: evidence.unit } : series;
}

function UnitOf({ series, signal }: { readonly series: Series | undefined; readonly signal: string | undefined }) {
  const ucum = series?.unit ?? (signal ? findSignal(signal)?.unit : undefined) ?? '1';
  const { unit } = scaleFor(ucum, Math.max(0, ...(series?.max ?? []).map((value) => Math.abs(value ?? 0))));
  return unit ? <>, {unit}</> : null;
}

/** The limit that the evidence passed, on the side of the normal it lies. */
function passedLimit(evidence: Finding['evidence'][number] | undefined, finding: Finding | undefined): Limit | null {
  if (!evidence || !finding || evidence.limit === null) return null;
  const { limit, baseline, value } = evidence;
  const from = baseline ?? value ?? -Infinity;
  const above = baseline === null ? (value ?? limit) >= limit : limit >= from;
  return { value: limit, level: finding.level, side: above ? 'above' : 'below' };
}

function Chart(props: {
  readonly answer: { readonly from: string; readonly to: string; readonly aggregation: 'raw' | 'min_max_mean' };
  readonly series: Series | undefined;
  readonly limits: readonly Limit[];
  readonly firstSeenAt: number | null;
  readonly timeZone: string;
  readonly name: string;
}) {
  const { t } = useTranslation();
  const scheme = useShownColorScheme();
  const { series, limits, answer } = props;
  const summary = series ? summarise(series, limits) : null;
  if (!series || !summary) {
    return (
      <p className="note">
        <span className="condition level-no_data">
          <LevelIcon level="no_data" />
          {t('condition.no_data')}
        </span>{' '}
        {t('chart.nothing')}
      </p>
    );
  }
  const scale = scaleFor(series.unit, summary.highest);
  const text = (value: number): string => `${numberText(value / scale.per)}${scale.unit ? `\u00a0${scale.unit}` : ''}`;
  return (
    <>
      <Suspense fallback={<Blanks rows={1} tall />}>
        <SignalChart
          key={scheme}
          series={series}
          limits={limits}
          firstSeenAt={props.firstSeenAt}
          from={Date.parse(answer.from)}
          to={Date.parse(answer.to)}
          timeZone={props.timeZone}
          per={scale.per}
          words={{
            limit: t('chart.limit'),
            firstSeen: t('chart.firstSeen'),
            mean: t('chart.mean'),
            lowest: t('chart.lowest'),
            highest: t('chart.highest'),
          }}
          valueText={text}
        />
      </Suspense>
      <ChartWords
        series={series}
        summary={summary}
        raw={answer.aggregation === 'raw'}
        timeZone={props.timeZone}
        valueText={text}
      />
      <ChartTable series={series} timeZone={props.timeZone} valueText={text} name={props.name} />
    </>
  );
}

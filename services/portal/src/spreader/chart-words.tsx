import { useTranslation } from 'react-i18next';
import type { Series } from '../api/queries';
import { countText } from '../parts/quantity';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import type { ChartSummary } from './chart-summary';

/** The chart in words. */
export function ChartWords(props: {
  readonly series: Series;
  readonly summary: ChartSummary;
  readonly raw: boolean;
  readonly timeZone: string;
  readonly valueText: (value: number) => string;
}) {
  const { t } = useTranslation();
  const { series, summary, valueText } = props;
  const times = timeWords(props.timeZone);
  const { over } = summary;
  return (
    <p className="small muted chart-words">
      {t('chart.summary', {
        mean: valueText(summary.mean),
        lowest: valueText(summary.lowest),
        lowestAt: times.dateTime(summary.lowestAt, serverNow()),
        highest: valueText(summary.highest),
        highestAt: times.dateTime(summary.highestAt, serverNow()),
      })}{' '}
      {over === null
        ? t('chart.noLimit')
        : t(`chart.${over.limit.side}`, { limit: valueText(over.limit.value), n: countText(over.n), count: over.of })}{' '}
      {props.raw
        ? t('chart.raw', { count: series.raw_points, n: countText(series.raw_points) })
        : t('chart.bucketed', { n: countText(series.raw_points), points: countText(summary.points) })}
    </p>
  );
}

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Series } from '../api/queries';
import { timeWords } from '../time/format-time';

/** The chart's points as a table, built only when somebody opens it. */
export function ChartTable(props: {
  readonly series: Series;
  readonly timeZone: string;
  readonly name: string;
  readonly valueText: (value: number) => string;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { series, valueText } = props;
  const times = timeWords(props.timeZone);
  const cell = (value: number | null | undefined): string =>
    value === null || value === undefined ? t('condition.no_data') : valueText(value);
  return (
    <details className="no-print" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('chart.table')}</summary>
      {open && (
        <div className="scroll" tabIndex={0} role="group" aria-label={props.name}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('chart.time')}</th>
                <th scope="col" className="right">
                  {t('chart.lowest')}
                </th>
                <th scope="col" className="right">
                  {t('chart.mean')}
                </th>
                <th scope="col" className="right">
                  {t('chart.highest')}
                </th>
              </tr>
            </thead>
            <tbody>
              {series.t.map((at, i) => (
                <tr key={at}>
                  <th scope="row">{times.plain(at)}</th>
                  <td className="right">{cell(series.min[i])}</td>
                  <td className="right">{cell(series.mean[i])}</td>
                  <td className="right">{cell(series.max[i])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

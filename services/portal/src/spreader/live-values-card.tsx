import { useTranslation } from 'react-i18next';
import { findSignal } from '@quaywatch/contracts';
import type { SpreaderDetail } from '../api/queries';
import { useWords } from '../i18n/words';
import { AgeText } from '../parts/age-text';
import { Card } from '../parts/card';
import { LevelIcon } from '../parts/condition-mark';
import { quantityText } from '../parts/quantity';
import { useNow } from '../time/clock';
import { valueFreshness } from './value-freshness';

type Value = SpreaderDetail['live'][string]['value'];

const byName = new Intl.Collator('en', { numeric: true });

/** What the unit last said of each signal, how old it is, and "no data" once it is too old to mean anything. */
export function LiveValuesCard({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const words = useWords();
  const now = useNow(2);
  const zone = spreader.terminal.time_zone;
  const rows = Object.entries(spreader.live).sort(([a], [b]) => byName.compare(words.signal(a), words.signal(b)));
  const seenAt = spreader.last_seen_at === null ? null : Date.parse(spreader.last_seen_at);

  const valueText = (signal: string, value: Value): string => {
    if (value === null) return t('values.unknown');
    if (typeof value === 'boolean') return value ? t('values.yes') : t('values.no');
    if (typeof value === 'string') return signal === 'len.pos' && /^\d+$/.test(value) ? `${value} ft` : value;
    return quantityText(value, findSignal(signal)?.unit ?? '1');
  };

  return (
    <Card title={t('values.title')}>
      {rows.length === 0 ? (
        <p className="note">{t('values.none')}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-label={t('values.title')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('values.signal')}</th>
                <th scope="col" className="right">
                  {t('values.value')}
                </th>
                <th scope="col" className="right">
                  {t('values.age')}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([signal, { value, at }]) => {
                const freshness = valueFreshness(findSignal(signal)?.rate, Date.parse(at), seenAt, now);
                return (
                  <tr key={signal}>
                    <th scope="row">{words.signal(signal)}</th>
                    <td className="right">
                      {freshness === 'none' || value === null ? (
                        <span className="condition level-no_data">
                          <LevelIcon level="no_data" />
                          {t('condition.no_data')}
                        </span>
                      ) : (
                        valueText(signal, value)
                      )}
                    </td>
                    <td className="right muted">
                      {freshness !== 'fresh' && <AgeText at={at} timeZone={zone} />}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

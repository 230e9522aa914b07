import '../i18n/load-advice-texts';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { lifeQuery, type SpreaderDetail } from '../api/queries';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { numberText } from '../parts/quantity';

/** What components have used of what they are made for, and the years left with their interval. */
export default function LifeCard({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const words = useWords();
  const query = useQuery(lifeQuery(spreader.number));
  return (
    <Card title={t('life.title')}>
      <Answered query={query} what={t('life.load')}>
        {({ components }) =>
          components.length === 0 ? (
            <p className="note">{t('life.none')}</p>
          ) : (
            <ul className="component-list">
              {components.map(({ component, serial, basis, used, years, coverage, days, provenance }) => (
                <li key={`${component} ${basis}`}>
                  <span>
                    {words.component(component)}
                    {serial !== null && ` (${serial})`}
                  </span>
                  <span className="right">{t('life.used', { percent: numberText(used) })}</span>
                  <ul className="muted small">
                    <li>
                      {t(`life.basis.${basis}`)}{' '}
                      {years === null
                        ? t('life.tooEarly', { days })
                        : years.high === null
                          ? t('life.open', { middle: numberText(years.middle), low: numberText(years.low) })
                          : t('life.years', {
                              middle: numberText(years.middle),
                              low: numberText(years.low),
                              high: numberText(years.high),
                              percent: Math.round(coverage * 100),
                            })}
                    </li>
                    <li>
                      {t('life.from', {
                        algorithm: provenance.algorithm,
                        version: provenance.version,
                        inputs: provenance.inputs.join(', '),
                        days,
                      })}
                    </li>
                  </ul>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Card>
  );
}

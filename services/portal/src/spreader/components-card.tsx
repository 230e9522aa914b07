import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { healthQuery, type SpreaderDetail } from '../api/queries';
import type { Answer } from '../api/request';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { levelRank } from '../parts/condition';
import { ConditionMark } from '../parts/condition-mark';
import { numberText } from '../parts/quantity';

/** Health of each component, worst first, with what takes points off. */
export function ComponentsCard({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const query = useQuery(healthQuery(spreader.number));
  return (
    <Card title={t('spreader.components')}>
      <Answered query={query} what={t('what.health')}>
        {(health) => {
          const inOrder = health.components.filter(({ condition }) => condition === 'ok');
          return (
            <>
              {health.components.length === 0 && <p className="note">{t('spreader.noComponents')}</p>}
              <Components components={health.components.filter(({ condition }) => condition !== 'ok')} />
              {inOrder.length > 0 && (
                <details>
                  <summary>{t('spreader.inOrder', { count: inOrder.length })}</summary>
                  <Components components={inOrder} />
                </details>
              )}
              <p className="muted small">
                {t('spreader.completeness', { percent: Math.round(health.completeness * 100) })}
              </p>
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Components({ components }: { readonly components: Answer<'getSpreaderHealth'>['components'] }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <ul className="component-list">
      {[...components]
        .sort((a, b) => levelRank[a.condition] - levelRank[b.condition])
        .map((one) => (
          <li key={one.component}>
            <span>{words.component(one.component)}</span>
            <ConditionMark level={one.condition} />
            <span className="right">
              {one.score === null
                ? t('fleet.notEnough')
                : t('spreader.componentScore', { score: Math.round(one.score) })}
            </span>
            {one.reasons.length > 0 && (
              <ul className="muted small">
                {one.reasons.map((reason) => (
                  <li key={reason.text}>
                    {reason.text} {reason.points > 0 && t('spreader.points', { points: numberText(reason.points) })}
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
    </ul>
  );
}

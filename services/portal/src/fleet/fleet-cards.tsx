import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Spreader } from '../api/queries';
import { AgeText } from '../parts/age-text';
import { shownCondition } from '../parts/condition';
import { ConditionMark } from '../parts/condition-mark';
import { hoursText } from '../parts/quantity';
import { useNow } from '../time/clock';
import { SpreaderLink } from './fleet-table';
import type { FleetOrder } from './use-fleet-table';

/** The fleet as cards for a phone; only those near the screen are in the document. */
export function FleetCards(props: { readonly ordered: FleetOrder; readonly current: ReadonlyMap<string, Spreader> }) {
  const { t } = useTranslation();
  const { ordered, current } = props;
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const cards = useWindowVirtualizer({
    count: ordered.length,
    estimateSize: () => 132,
    overscan: 6,
    scrollMargin: top,
    getItemKey: (i) => ordered[i]?.id ?? i,
  });
  return (
    <ul ref={list} className="fleet-cards" aria-label={t('fleet.title')} style={{ height: cards.getTotalSize() }}>
      {cards.getVirtualItems().map((item) => {
        const spreader = current.get(ordered[item.index]?.id ?? '');
        if (!spreader) return null;
        return (
          <li
            key={item.key}
            ref={cards.measureElement}
            data-index={item.index}
            data-row
            aria-setsize={ordered.length}
            aria-posinset={item.index + 1}
            style={{ transform: `translateY(${item.start - top}px)` }}
          >
            <FleetCard spreader={spreader} />
          </li>
        );
      })}
    </ul>
  );
}

function FleetCard({ spreader }: { readonly spreader: Spreader }) {
  const { t } = useTranslation();
  const now = useNow(30);
  const { top_finding: finding, health, crane, terminal } = spreader;
  return (
    <div className="card fleet-card">
      <p className="card-head">
        <SpreaderLink number={spreader.number} />
        <ConditionMark level={shownCondition(spreader, now)} />
      </p>
      <p className="muted">
        {[crane?.number ?? t('fleet.spare'), terminal.name].join(', ')}
      </p>
      {finding && (
        <p>
          {finding.title} <span className="muted">{t('fleet.card.risk', { hours: hoursText(finding.risk_hours) })}</span>
        </p>
      )}
      <p className="muted small">
        {health.score === null ? t('fleet.notEnough') : t('fleet.card.health', { score: Math.round(health.score) })}
        {' · '}
        {t('fleet.column.seen')} <AgeText at={spreader.last_seen_at} timeZone={terminal.time_zone} />
      </p>
    </div>
  );
}

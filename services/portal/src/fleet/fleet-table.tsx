import { Link, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Spreader } from '../api/queries';
import { AgeText } from '../parts/age-text';
import { shownCondition } from '../parts/condition';
import { ConditionMark } from '../parts/condition-mark';
import { countText, hoursText } from '../parts/quantity';
import { setRowMover } from '../shell/rows';
import { useNow } from '../time/clock';
import type { FleetOrder, FleetTableModel } from './use-fleet-table';
import { sortColumns, type SortColumn } from './fleet-rows';

const rowHeight = 36;

/** The fleet as a grid of which only the visible rows are in the document. */
export function FleetTable(props: {
  readonly table: FleetTableModel;
  readonly ordered: FleetOrder;
  readonly current: ReadonlyMap<string, Spreader>;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const focusActive = useRef(false);
  const { ordered, current, table } = props;
  const count = ordered.length;
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (i) => ordered[i]?.id ?? i,
    scrollPaddingStart: rowHeight,
  });

  const latest = useRef({ count, rows, active });
  latest.current = { count, rows, active };
  useEffect(
    () =>
      setRowMover((step) => {
        const { count: n, rows: virtual, active: at } = latest.current;
        const inside = scroller.current?.contains(document.activeElement) ?? false;
        const next = inside ? Math.min(n - 1, Math.max(0, at + step)) : Math.min(at, n - 1);
        focusActive.current = true;
        setActive(next);
        virtual.scrollToIndex(next);
        focusRow(scroller.current, next);
      }),
    [],
  );
  // The row may come into the document only after the list has scrolled.
  useEffect(() => {
    if (focusActive.current && focusRow(scroller.current, active)) focusActive.current = false;
  });

  const open = (event: MouseEvent<HTMLDivElement>): void => {
    const row = (event.target as Element).closest<HTMLElement>('[data-index]');
    if (!row) return;
    setActive(Number(row.dataset.index));
    const link = (event.target as Element).closest('a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void navigate({ to: '/spreaders/$number', params: { number: row.dataset.number ?? '' } });
  };

  return (
    <div
      className="fleet"
      role="grid"
      aria-label={t('fleet.title')}
      aria-rowcount={count + 1}
      aria-colcount={sortColumns.length}
      ref={scroller}
      tabIndex={0}
      onClick={open}
    >
      <div className="fleet-head" role="rowgroup">
        <div className="fleet-row" role="row" aria-rowindex={1}>
          {table.getFlatHeaders().map((header) => {
            const column = header.column.id as SortColumn;
            const sorted = header.column.getIsSorted();
            return (
              <div
                key={header.id}
                role="columnheader"
                className={`c-${column}`}
                aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
              >
                <button type="button" onClick={header.column.getToggleSortingHandler()}>
                  {t(`fleet.column.${column}`)}
                  {sorted && <span aria-hidden="true">{sorted === 'asc' ? ' ↑' : ' ↓'}</span>}
                </button>
              </div>
            );
          })}
        </div>
      </div>
      <div className="fleet-body" role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((item) => {
          const id = ordered[item.index]?.id ?? '';
          const spreader = current.get(id);
          return spreader ? (
            <Row key={item.key} spreader={spreader} index={item.index} top={item.start} active={item.index === active} />
          ) : null;
        })}
      </div>
    </div>
  );
}

function focusRow(scroller: HTMLElement | null, index: number): boolean {
  const link = scroller?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  link?.focus({ preventScroll: true });
  return Boolean(link);
}

const Row = memo(function Row(props: {
  readonly spreader: Spreader;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
}) {
  const { t } = useTranslation();
  const now = useNow(30);
  const { spreader, index } = props;
  const finding = spreader.top_finding;
  return (
    <div
      role="row"
      className="fleet-row"
      aria-rowindex={index + 2}
      aria-selected={props.active}
      data-row
      data-index={index}
      data-number={spreader.number}
      style={{ transform: `translateY(${props.top}px)` }}
    >
      <div role="rowheader" className="c-number">
        <a href={`/spreaders/${encodeURIComponent(spreader.number)}`}>{spreader.number}</a>
      </div>
      <div role="gridcell" className="c-condition">
        <ConditionMark level={shownCondition(spreader, now)} />
      </div>
      <div role="gridcell" className="c-terminal">
        {spreader.terminal.name}
      </div>
      <div role="gridcell" className="c-crane">
        {spreader.crane?.number ?? <span className="muted">{t('fleet.spare')}</span>}
      </div>
      <div role="gridcell" className="c-health">
        {spreader.health.score === null ? (
          <span className="muted" title={t('fleet.notEnough')} aria-label={t('fleet.notEnough')} role="img">
            {t('fleet.notEnoughShort')}
          </span>
        ) : (
          Math.round(spreader.health.score)
        )}
      </div>
      <div role="gridcell" className="c-finding" title={finding?.title}>
        {finding?.title}
      </div>
      <div role="gridcell" className="c-risk">
        {finding && hoursText(finding.risk_hours)}
      </div>
      <div role="gridcell" className="c-lifts">
        {countText(spreader.lifts_24h)}
      </div>
      <div role="gridcell" className="c-seen">
        <AgeText at={spreader.last_seen_at} timeZone={spreader.terminal.time_zone} />
      </div>
    </div>
  );
});

/** A link to a spreader, for places outside the grid. */
export const SpreaderLink = ({ number }: { readonly number: string }) => (
  <Link to="/spreaders/$number" params={{ number }} data-row-link className="strong-link">
    {number}
  </Link>
);

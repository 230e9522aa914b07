import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { spreadersQuery, type Level, type Spreader } from '../api/queries';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { Choose, SearchField } from '../parts/choose';
import { levelsWorstFirst } from '../parts/condition';
import { PageHead } from '../parts/page';
import { countText } from '../parts/quantity';
import { TerminalSelect } from '../parts/terminal-select';
import { serverNow, useNow } from '../time/clock';
import { fleetCsv } from './fleet-csv';
import { FleetCards } from './fleet-cards';
import { filterFleet, orderSignature } from './fleet-rows';
import { FleetTable } from './fleet-table';
import { saveFile } from './save-file';
import { useFleetTable } from './use-fleet-table';

/** All spreaders: find, filter, sort, export. */
export function FleetPage() {
  const { t } = useTranslation();
  const query = useQuery(spreadersQuery);
  return (
    <Answered
      query={query}
      what={t('what.fleet')}
      blank={
        <>
          <PageHead title={t('fleet.title')} name={t('fleet.title')} />
          <div className="card">
            <Blanks rows={14} />
          </div>
        </>
      }
    >
      {(rows) => <Fleet rows={rows} />}
    </Answered>
  );
}

/** The same array as before as long as nothing changed by which rows are chosen or put in order. */
function useSteady(rows: readonly Spreader[], now: number): readonly Spreader[] {
  const signature = useMemo(() => orderSignature(rows, now), [rows, now]);
  const kept = useRef({ signature, rows });
  if (kept.current.signature !== signature) kept.current = { signature, rows };
  return kept.current.rows;
}

function Fleet({ rows }: { readonly rows: readonly Spreader[] }) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/fleet' });
  const navigate = useNavigate({ from: '/fleet' });
  const narrow = useMediaQuery('(max-width: 47.99em)', window.matchMedia('(max-width: 47.99em)').matches);
  const hash = useLocation({ select: (location) => location.hash });
  const findField = useRef<HTMLInputElement>(null);
  const [find, setFind] = useState(search.find ?? '');
  const wanted = useDeferredValue(find);
  const now = useNow(30);
  const steady = useSteady(rows, now);
  const current = useMemo(() => new Map(rows.map((row) => [row.id, row] as const)), [rows]);

  useEffect(() => {
    if (hash === 'find') findField.current?.focus();
  }, [hash]);
  // The address follows the field, a little later, and the field follows the address (back and forward).
  useEffect(() => {
    if ((search.find ?? '') === find) return;
    const timer = setTimeout(
      () => void navigate({ search: (old) => ({ ...old, find: find || undefined }), replace: true, resetScroll: false }),
      300,
    );
    return () => clearTimeout(timer);
  }, [find, search.find, navigate]);
  const addressed = search.find ?? '';
  useEffect(() => {
    if (document.activeElement !== findField.current) setFind(addressed);
  }, [addressed]);

  const chosen = useMemo(
    () => filterFleet(steady, { find: wanted, condition: search.condition, terminal: search.terminal }, now),
    [steady, wanted, search.condition, search.terminal, now],
  );
  const { table, ordered } = useFleetTable(chosen, search.sort, search.down ?? false, (sort, down) =>
    void navigate({ search: (old) => ({ ...old, sort, down: down || undefined }), replace: true, resetScroll: false }),
  );
  const filtered = Boolean(wanted || search.condition || search.terminal);

  const exportCsv = (): void => {
    const shown = ordered.map(({ id }) => current.get(id)).filter((row) => row !== undefined);
    const day = new Date(serverNow()).toISOString().slice(0, 10);
    saveFile(`fleet-${day}.csv`, 'text/csv;charset=utf-8', fleetCsv(shown, serverNow(), (level) => t(`condition.${level}`)));
  };
  const clear = (): void => {
    setFind('');
    void navigate({ search: (old) => ({ sort: old.sort, down: old.down }), replace: true });
  };

  return (
    <>
      <PageHead
        title={t('fleet.title')}
        name={t('fleet.title')}
        lead={
          <span role="status">{t('fleet.count', { shown: countText(chosen.length), all: countText(rows.length) })}</span>
        }
      >
        <SearchField
          field={findField}
          label={t('fleet.find')}
          hint={t('fleet.findHint')}
          value={find}
          onChange={setFind}
        />
        <Choose
          label={t('fleet.condition')}
          value={search.condition ?? ''}
          onChange={(value) => {
            const condition = (value || undefined) as Level | undefined;
            void navigate({ search: (old) => ({ ...old, condition }), replace: true });
          }}
          options={[
            { value: '', label: t('fleet.all') },
            ...levelsWorstFirst.map((value) => ({ value, label: t(`condition.${value}`) })),
          ]}
        />
        <TerminalSelect
          value={search.terminal}
          onChange={(terminal) => void navigate({ search: (old) => ({ ...old, terminal }), replace: true })}
        />
        <button type="button" className="button" onClick={exportCsv} disabled={ordered.length === 0}>
          {t('fleet.csv')}
        </button>
      </PageHead>
      {rows.length === 0 ? (
        <p className="card note">{t('fleet.empty')}</p>
      ) : ordered.length === 0 ? (
        <div className="card">
          <p>{t('fleet.hidden', { count: rows.length })}</p>
          {filtered && (
            <button type="button" className="button" onClick={clear}>
              {t('fleet.clear')}
            </button>
          )}
        </div>
      ) : narrow ? (
        <FleetCards ordered={ordered} current={current} />
      ) : (
        <FleetTable table={table} ordered={ordered} current={current} />
      )}
    </>
  );
}

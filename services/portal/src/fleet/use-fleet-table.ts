import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import type { Spreader } from '../api/queries';
import { serverNow } from '../time/clock';
import { compareValues, sortColumns, sortValue, type SortColumn } from './fleet-rows';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
const helper = createColumnHelper<typeof features, Spreader>();

/** Columns that start with the largest number when one sorts by them. */
const largestFirst: ReadonlySet<SortColumn> = new Set(['risk', 'lifts']);

const columns = helper.columns(
  sortColumns.map((column) =>
    helper.accessor((row) => sortValue(row, column, serverNow()), {
      id: column,
      sortUndefined: 'last',
      sortDescFirst: largestFirst.has(column),
      sortFn: (a, b, id) => compareValues(a.getValue(id), b.getValue(id)) || compareValues(a.original.number, b.original.number),
    }),
  ),
);

/** The sorted rows of the fleet, with the sort in the address; by condition, worst first, when it does not say. */
export function useFleetTable(
  data: Spreader[],
  sort: SortColumn | undefined,
  down: boolean,
  onSort: (sort: SortColumn | undefined, down: boolean) => void,
) {
  const sorting = useMemo(() => [{ id: sort ?? 'condition', desc: down }], [sort, down]);
  const table = useTable({
    features,
    columns,
    data,
    getRowId: (row) => row.id,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: { sorting },
    onSortingChange: (update) => {
      const [first] = typeof update === 'function' ? update(sorting) : update;
      onSort(first?.id === 'condition' && !first.desc ? undefined : (first?.id as SortColumn | undefined), first?.desc ?? false);
    },
  });
  const { rows } = table.getRowModel();
  return { table, ordered: rows };
}

/** The table of the fleet. */
export type FleetTableModel = ReturnType<typeof useFleetTable>['table'];
/** Its rows in their order. */
export type FleetOrder = ReturnType<typeof useFleetTable>['ordered'];

import type { ReactNode } from 'react';

/** A column: its head and what stands in it. The first column names the row. */
export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  readonly right?: boolean;
}

/** Rows with named columns; on a phone every row is a card. */
export function RowsTable<T>(props: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
}) {
  const [first, ...others] = props.columns;
  const side = (column: Column<T>): string | undefined => (column.right ? 'right' : undefined);
  return (
    <div className="wide-table" role="group" aria-label={props.label} tabIndex={0}>
      <table className="table stacking">
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.head} scope="col" className={side(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowKey(row)} data-row>
              <th scope="row">
                <div>{first?.cell(row)}</div>
              </th>
              {others.map((column) => (
                <td key={column.head} className={side(column)} data-label={column.head}>
                  <div>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A cell of a table for a file. */
export type Cell = string | number | null;

/** Byte order mark: tells a spreadsheet that the file is UTF-8. */
const mark = '\uFEFF';

/**
 * A CSV file (RFC 4180, UTF-8 with byte order mark). A text that a spreadsheet would take for a formula (starting with
 * `=`, `+`, `-`, `@`, tab or return, OWASP "CSV injection") gets an apostrophe before it; numbers stay numbers.
 */
export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return mark + [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const guarded = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

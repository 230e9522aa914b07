import type { Instant } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import { pageOfRows, readCursor, type Page } from '@quaywatch/runtime';

/** A terminal of a list. */
export interface TerminalRow {
  readonly [column: string]: unknown;
  readonly terminal: string;
  readonly name: string;
  readonly time_zone: string;
  readonly cranes: number;
  readonly spreaders: number;
}

/** A crane of a list, with the spreader that it carries. */
export interface CraneRow {
  readonly [column: string]: unknown;
  readonly crane: string;
  readonly number: string;
  readonly type: string;
  readonly terminal: string;
  readonly spreader: string | null;
}

/** What part of a list is asked for; `terminals` null = all of the organisation. */
export interface ListRequest {
  readonly org: string;
  readonly terminals: readonly string[] | null;
  readonly limit: number;
  readonly cursor: string | undefined;
}

const after = (cursor: string | undefined): (string | number | null)[] =>
  readCursor(cursor, ['string', 'string']) ?? [null, null];

/** Terminals by name; parameters: terminals, name and id of the last one before, how many. */
export const terminalsSql = `
  select t.terminal, t.name, t.time_zone,
    (select count(*) from crane c where c.terminal = t.terminal)::int as cranes,
    (select count(*) from spreader s where s.terminal = t.terminal)::int as spreaders
  from terminal t
  where ($1::text[] is null or t.terminal = any($1))
    and ($2::text is null or (t.name collate "C", t.terminal collate "C") > ($2, $3))
  order by t.name collate "C", t.terminal collate "C" limit $4`;

/** Terminals by name, with how many cranes and spreaders belong to them. */
export async function listTerminals(store: ViewStore, request: ListRequest): Promise<Page<TerminalRow>> {
  const rows = await store.readAs(request.org, (q) =>
    q.query<TerminalRow>(terminalsSql, [request.terminals, ...after(request.cursor), request.limit + 1]),
  );
  return pageOfRows(rows, request.limit, (row) => [row.name, row.terminal]);
}

/** Cranes by number, with the spreader that hangs there at `now`. */
export async function listCranes(store: ViewStore, request: ListRequest, now: Instant): Promise<Page<CraneRow>> {
  const rows = await store.readAs(request.org, (q) =>
    q.query<CraneRow>(
      `with present as (
         select distinct on (spreader) spreader, crane from assignment
         where from_at <= $5 order by spreader, from_at desc, revision desc)
       select c.crane, c.number, c.type, c.terminal,
         (select min(p.spreader) from present p where p.crane = c.crane) as spreader
       from crane c
       where ($1::text[] is null or c.terminal = any($1))
         and ($2::text is null or (c.number collate "C", c.crane collate "C") > ($2, $3))
       order by c.number collate "C", c.crane collate "C" limit $4`,
      [request.terminals, ...after(request.cursor), request.limit + 1, now],
    ),
  );
  return pageOfRows(rows, request.limit, (row) => [row.number, row.crane]);
}

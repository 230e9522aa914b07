import pg from 'pg';
import type { QueryRunner } from 'typeorm';

/** Name of the policy on every table of an organisation's rows. */
export const policyName = 'own_organisation';

/**
 * Lets the reader role see rows of one organisation only: every table of `schema` with a column `org` gets row-level
 * security for it (views run with the rights of their reader), and every other table is closed to it. Changes only
 * what is not yet so. The owner, who writes the projections, sees all rows.
 */
export async function secureRows(runner: QueryRunner, schema: string, reader: string): Promise<void> {
  const role = pg.escapeIdentifier(reader);
  const tables = (await runner.query(tablesSql, [schema, reader, policyName])) as TableState[];
  for (const table of tables) {
    const name = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table.name)}`;
    const isView = table.kind === 'v';
    if (!table.has_org || table.kind === 'm') {
      if (table.granted) await runner.query(`revoke all on ${name} from ${role}`);
      continue;
    }
    if (isView && !table.invoker) await runner.query(`alter view ${name} set (security_invoker = true)`);
    if (!isView && !table.secured) await runner.query(`alter table ${name} enable row level security`);
    if (!isView && !table.policy) {
      await runner.query(
        `create policy ${policyName} on ${name} for select to ${role} using (org = current_setting('app.org', true))`,
      );
    }
    if (!table.granted) await runner.query(`grant select on ${name} to ${role}`);
  }
}

interface TableState {
  readonly name: string;
  /** `r` table, `p` partitioned table, `v` view, `m` materialized view. */
  readonly kind: string;
  readonly has_org: boolean;
  readonly secured: boolean;
  readonly policy: boolean;
  readonly granted: boolean;
  readonly invoker: boolean;
}

const tablesSql = `
  select c.relname as name, c.relkind as kind, c.relrowsecurity as secured,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org' and not a.attisdropped) as has_org,
    exists (select from pg_policy p where p.polrelid = c.oid and p.polname = $3) as policy,
    has_table_privilege($2, c.oid, 'select, insert, update, delete') as granted,
    coalesce(c.reloptions::text like '%security_invoker=true%', false) as invoker
  from pg_class c
  where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
  order by c.relname`;

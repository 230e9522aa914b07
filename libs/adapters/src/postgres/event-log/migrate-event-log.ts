import { topicNames, topics, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { Client } from 'pg';
import { retentionFunctions } from './retention-functions';

/** Version of the schema `log` that this build makes, and the least that a build must know to use it. */
export const logSchema = { version: 2, least: 2 } as const;

/** Role (without login) that may append to and read the event log; roles of services are made members of it. */
export const eventLogRole = 'quaywatch_log';

/**
 * Creates or completes the schema `log` and the role `quaywatch_log`, as an administrator of the database.
 * Idempotent; several at a time wait for each other. Throws Fault `LOG_MIGRATION_FAILED`.
 */
export async function migrateEventLog(adminUrl: string): Promise<void> {
  const client = new Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'quaywatch-log-migration',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended('quaywatch migrate log', 0))`);
    await client.query(schema);
    await client.query(retentionFunctions);
    await client.query(`grant execute on function log.make_room(text, integer), log.drop_old() to ${eventLogRole}`);
    for (const topic of topicNames) await client.query(topicTable(topic));
    // An older build that is started again lowers nothing.
    await client.query(
      `insert into log.schema_version (version, least) values ($1, $2) on conflict (only_row) do update
       set version = greatest(schema_version.version, excluded.version), least = greatest(schema_version.least, excluded.least)`,
      [logSchema.version, logSchema.least],
    );
    await client.query('commit');
  } catch (cause) {
    throw new Fault('LOG_MIGRATION_FAILED', 'the schema of the event log could not be made', { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

// `head` gives the offsets: its row is locked by the statement that appends, until that is committed. So offsets have
// no gaps and are visible in their order, which a sequence cannot promise.
const schema = `
do $$ begin
  create role ${eventLogRole} nologin;
exception when duplicate_object or unique_violation then null;
end $$;

create schema if not exists log;

create table if not exists log.layout (
  only_row boolean primary key default true check (only_row),
  partitions integer not null check (partitions > 0)
);

-- 1: a row for each event; 2: a row for each append. least: what a build must know to read and write it.
create table if not exists log.schema_version (
  only_row boolean primary key default true check (only_row),
  version integer not null,
  least integer not null
);

create table if not exists log.head (
  topic text not null,
  partition integer not null,
  next_offset bigint not null check (next_offset >= 0),
  primary key (topic, partition)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

create table if not exists log.record (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text,
  event text not null,
  bytes integer not null,
  outbox_owner text,
  outbox_seq bigint,
  at timestamptz not null default now(),
  primary key (topic, partition, "offset")
) partition by list (topic);

create or replace function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the event log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create or replace trigger append_only before update or delete on log.record
  for each row execute function log.refuse_change();
create or replace trigger only_forward before update on log.head
  for each row when (new.next_offset < old.next_offset or new.topic <> old.topic or new.partition <> old.partition)
  execute function log.refuse_change();
create or replace trigger no_delete before delete on log.head
  for each row execute function log.refuse_change();
create or replace trigger no_truncate before truncate on log.head
  for each statement execute function log.refuse_change();

-- A row is an append: "offset" is that of the first of its events, which stand in "event" with U+001E between
-- them; "marks" are their outbox marks. Rows made before that have one event each, with its key and mark beside it.
do $$ begin
  if not exists (select from pg_attribute where attrelid = 'log.record'::regclass and attname = 'count') then
    alter table log.record add column count integer not null default 1;
    alter table log.record add column marks text;
    alter table log.record alter column key drop not null;
    -- Compressing it would cost more than all the rest of an append.
    alter table log.record alter column event set storage external;
  end if;
end $$;

-- One row for each event, for people.
create or replace view log.event as
  select r.topic, r.partition, r."offset" + e.n - 1 as "offset", e.event, r.at
  from log.record r cross join lateral string_to_table(r.event, E'\\x1e') with ordinality as e(event, n);

-- Taken while the head row is locked, so that it rises with the offset; now() is the time before waiting for it.
alter table log.record alter column at set default clock_timestamp();

grant usage on schema log to ${eventLogRole};
grant select, insert on log.layout to ${eventLogRole};
grant select on log.schema_version to ${eventLogRole};
grant select, insert, update on log.head to ${eventLogRole};
grant select, insert on log.record to ${eventLogRole};
grant select on log.event to ${eventLogRole};
`;

/** Records of one partition in one table, where a topic is not kept for ever. */
const chunk = 250_000;

/** One table for a topic that is kept for ever; else one for each chunk of offsets, so that old ones can be dropped. */
function topicTable(topic: Topic): string {
  const table = `log."record ${topic}"`;
  const { retentionDays } = topics[topic];
  if (retentionDays === 0)
    return `
    create table if not exists ${table} partition of log.record for values in ('${topic}');
    create or replace trigger no_truncate before truncate on ${table}
      for each statement execute function log.refuse_change();`;
  return `
    insert into log.retention values ('${topic}', ${retentionDays}, ${chunk})
      on conflict (topic) do update set days = excluded.days;
    do $$
    declare
      lane record;
    begin
      -- Made before there were chunks: its rows are moved over, once.
      if exists (select from pg_class where oid = to_regclass('${table}') and relkind = 'r') then
        alter table log.record detach partition ${table};
        alter table ${table} rename to "record to move";
      end if;
      if to_regclass('${table}') is null then
        create table ${table} partition of log.record for values in ('${topic}') partition by list (partition);
      end if;
      if to_regclass('log."record to move"') is not null then
        for lane in select partition, max("offset" + count) as next from log."record to move" group by partition loop
          perform log.add_chunk('${topic}', lane.partition, 0, lane.next);
        end loop;
        insert into log.record (topic, partition, "offset", key, event, bytes, outbox_owner, outbox_seq, at, count, marks)
          select topic, partition, "offset", key, event, bytes, outbox_owner, outbox_seq, at, count, marks
          from log."record to move";
        drop table log."record to move";
      end if;
    end $$;`;
}

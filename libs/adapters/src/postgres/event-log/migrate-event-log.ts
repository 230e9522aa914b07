import { topicNames, topics, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { Client } from 'pg';
import { retentionFunctions } from './retention-functions';

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
  key text not null,
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

-- Taken while the head row is locked, so that it rises with the offset; now() is the time before waiting for it.
alter table log.record alter column at set default clock_timestamp();

grant usage on schema log to ${eventLogRole};
grant select, insert on log.layout to ${eventLogRole};
grant select, insert, update on log.head to ${eventLogRole};
grant select, insert on log.record to ${eventLogRole};
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
        for lane in select partition, max("offset") + 1 as next from log."record to move" group by partition loop
          perform log.add_chunk('${topic}', lane.partition, 0, lane.next);
        end loop;
        insert into log.record select * from log."record to move";
        drop table log."record to move";
      end if;
    end $$;`;
}

/**
 * SQL of what keeps a topic in chunks and drops the old ones. A topic with a row in `log.retention` is stored in one table
 * for a chunk of offsets of one partition. Both functions run with the rights of the administrator who migrated, and
 * take nothing from their caller that could widen what they do: a service can make room and have dropped what is out of
 * its time, never anything else.
 */
export const retentionFunctions = `
create table if not exists log.retention (
  topic text primary key,
  days integer not null check (days > 0),
  chunk bigint not null check (chunk > 0)
);

create table if not exists log.chunk (
  topic text not null,
  partition integer not null,
  first_offset bigint not null,
  end_offset bigint not null check (end_offset > first_offset),
  primary key (topic, partition, first_offset)
);

create or replace function log.add_chunk(for_topic text, for_partition integer, first_one bigint, end_one bigint)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  lane text := format('record %s %s', for_topic, for_partition);
  piece text := format('record %s %s %s', for_topic, for_partition, first_one);
begin
  if to_regclass(format('log.%I', lane)) is null then
    execute format('create table log.%I (like log.record including defaults including constraints) partition by range ("offset")', lane);
    execute format('alter table log.%I attach partition log.%I for values in (%s)', 'record ' || for_topic, lane, for_partition);
  end if;
  -- Attached and not created in place: that would wait for every reader and writer of the topic.
  execute format('create table log.%I (like log.record including defaults including constraints including storage)', piece);
  execute format('alter table log.%I attach partition log.%I for values from (%s) to (%s)', lane, piece, first_one, end_one);
  execute format('create trigger no_truncate before truncate on log.%I for each statement execute function log.refuse_change()', piece);
  insert into log.chunk values (for_topic, for_partition, first_one, end_one);
end $$;

create or replace function log.make_room(for_topic text, for_partition integer)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  size bigint;
  next bigint;
  covered bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('quaywatch log room ' || for_topic || for_partition, 0));
  select chunk into strict size from log.retention where topic = for_topic;
  if not exists (select from log.layout where for_partition between 0 and partitions - 1) then
    raise exception 'there is no partition %', for_partition using errcode = 'invalid_parameter_value';
  end if;
  select coalesce(max(next_offset), 0) into next from log.head where topic = for_topic and partition = for_partition;
  select max(end_offset) into covered from log.chunk where topic = for_topic and partition = for_partition;
  covered := coalesce(covered, next);
  while covered < next + size loop
    perform log.add_chunk(for_topic, for_partition, covered, covered + size);
    covered := covered + size;
  end loop;
end $$;

create or replace function log.drop_old()
returns table (topic text, partition integer, first_offset bigint, end_offset bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  one record;
  last_at timestamptz;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('quaywatch log drop', 0)) then return; end if;
  for one in
    select c.topic, c.partition, c.first_offset, c.end_offset, r.days
    from log.chunk c
    join log.retention r on r.topic = c.topic
    join log.head h on h.topic = c.topic and h.partition = c.partition
    -- Full: nothing can come to it any more. (An append is in the chunk of its first offset, also when it ends beyond.)
    where c.end_offset <= h.next_offset
    order by c.topic, c.partition, c.first_offset
  loop
    execute format('select at from log.%I order by "offset" desc limit 1', format('record %s %s %s', one.topic, one.partition, one.first_offset)) into last_at;
    continue when last_at is null or last_at > clock_timestamp() - make_interval(days => one.days);
    execute format('drop table log.%I', format('record %s %s %s', one.topic, one.partition, one.first_offset));
    delete from log.chunk c where c.topic = one.topic and c.partition = one.partition and c.first_offset = one.first_offset;
    topic := one.topic; partition := one.partition; first_offset := one.first_offset; end_offset := one.end_offset;
    return next;
  end loop;
end $$;

revoke all on function log.add_chunk(text, integer, bigint, bigint), log.make_room(text, integer), log.drop_old() from public;
`;

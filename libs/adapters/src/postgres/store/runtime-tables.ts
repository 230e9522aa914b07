/**
 * Tables that the store itself keeps in every service's schema, as migrations. None has a column `org`, so the reader
 * role sees none of them. `event` is the book of record: the database refuses to change or remove a row.
 */
export const runtimeMigrations: Readonly<Record<string, string>> = {
  '0001-runtime.sql': `
    create table stream_head (
      stream text primary key,
      revision bigint not null
    );
    create table event (
      -- Order of appending within a stream; across streams only about.
      seq bigint generated always as identity primary key,
      stream text not null,
      revision bigint not null check (revision > 0),
      event text not null,
      stored_at timestamptz not null default clock_timestamp(),
      unique (stream, revision)
    );
    create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'facts can never be changed or removed' using errcode = 'insufficient_privilege';
      end
    $$;
    create trigger event_is_append_only before update or delete or truncate on event
      for each statement execute function refuse_change();

    create table outbox (
      seq bigint primary key,
      topic text not null,
      event text not null
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
    create table outbox_head (
      only_row boolean primary key default true check (only_row),
      seq bigint not null
    ) with (fillfactor = 10);
    insert into outbox_head (seq) values (0);

    create table consumer_position (
      consumer text not null,
      topic text not null,
      partition int not null,
      next bigint not null,
      outboxes jsonb not null,
      primary key (consumer, topic, partition)
    ) with (fillfactor = 50);

    create table dead_letter (
      id bigint generated always as identity primary key,
      consumer text not null,
      topic text not null,
      partition int not null,
      "offset" bigint not null,
      event text not null,
      reason text not null,
      attempts int not null default 1,
      at timestamptz not null default clock_timestamp(),
      state text not null default 'waiting' check (state in ('waiting', 'replayed', 'discarded'))
    );
    create index dead_letter_by_consumer on dead_letter (consumer, topic, partition, "offset");
  `,
};

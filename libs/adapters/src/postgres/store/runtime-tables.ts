/**
 * Tables that the store itself keeps in every service's schema, as migrations. None but `dead_letter` has a column
 * `org`, so the reader role sees none of the others. `event` is the book of record: the database refuses to change or remove a row.
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
  // Dead letters can be looked at, corrected and released by their organisation; a release keeps its place in the
  // partition (released_at), so that a rebuilt view takes it in at the same point.
  '0002-dead-letters.sql': `
    alter table dead_letter
      add column org text,
      add column stack text,
      add column replacement text,
      add column decided_by text,
      add column decided_reason text,
      add column changed_at timestamptz not null default clock_timestamp(),
      add column released_at bigint,
      add column again boolean not null default false;
    alter table dead_letter drop constraint dead_letter_state_check;
    update dead_letter set state = 'waiting' where state = 'replayed';
    alter table dead_letter add check (state in ('waiting', 'released', 'discarded'));
    delete from dead_letter old using dead_letter young
      where old.consumer = young.consumer and old.topic = young.topic and old.partition = young.partition
        and old."offset" = young."offset" and old.id < young.id;
    drop index dead_letter_by_consumer;
    create unique index dead_letter_by_consumer on dead_letter (consumer, topic, partition, "offset");
    create index dead_letter_by_org on dead_letter (org, id);
    create table if not exists consumer_replay (
      consumer text not null, topic text not null, partition int not null, until bigint not null,
      primary key (consumer, topic, partition)
    );
  `,
  // Keys that callers gave to their requests (Idempotency-Key), with the answer sealed by the key itself; also who is
  // changing a resource on a condition. None has a column 'org': nobody reads it but the service.
  '0003-request-keys.sql': `
    create table request_key (
      caller text not null,
      key_hash text not null,
      fingerprint text not null,
      state text not null check (state in ('started', 'applied', 'answered')),
      holder text not null,
      started_at bigint not null,
      expires_at bigint not null,
      answer bytea,
      primary key (caller, key_hash)
    );
    create index request_key_by_expiry on request_key (expires_at);
  `,
  // Ids of events that the log had already when the database was restored from a backup. Empty but for that.
  '0004-outbox-sent.sql': 'create table outbox_sent (id text primary key)',
};

-- How devices say they are, which frames are here with their times, and what will never come. The view is emptied and
-- read again from the start of the log when the service starts.
truncate presence, sequence_window, quarantine;
alter table presence
  add column status_at double precision,
  add column buffer_frames integer,
  add column buffer_bytes double precision,
  add column buffer_oldest_at double precision,
  add column technology text,
  add column dbm double precision;
-- Runs of frames with their times: [from, to, time of from, time of to].
alter table sequence_window add column runs jsonb not null default '[]';
create table lost_frames (
  org text not null,
  btu text not null,
  boot bigint not null,
  stream text not null,
  from_seq bigint not null,
  to_seq bigint not null,
  primary key (btu, boot, stream, from_seq, to_seq)
);
alter table quarantine add column replayed_at double precision;
delete from consumer_position where consumer = 'ingest-window';

-- Commands to devices; a view of topic devices.
create table command (
  org text not null,
  id text primary key,
  btu text not null,
  kind text not null,
  parameters jsonb not null,
  state text not null,
  requested_at double precision not null,
  requested_by text not null,
  expires_at double precision not null,
  sent_at double precision,
  answer_by double precision,
  ended_at double precision,
  detail text,
  object text
);
create index command_recent on command (org, btu, requested_at desc, id);
create index command_open on command (state, btu) where state in ('requested', 'sent');
delete from consumer_position where consumer = 'ingest-devices';
truncate device, certificate, authority;

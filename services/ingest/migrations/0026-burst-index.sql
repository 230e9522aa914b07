-- Which bursts are here and which were lost; a view of topic da.telemetry that is emptied and read again from the start
-- of the log when the service starts.
create table burst (
  org text not null,
  id text primary key,
  spreader text,
  btu text not null,
  signal text not null,
  trigger text not null,
  command text,
  start_at double precision not null,
  rate double precision not null,
  samples bigint not null,
  sha256 text,
  object text,
  lost_reason text,
  missing jsonb not null default '[]'
);
create index burst_of_spreader on burst (spreader, start_at desc, id);
truncate presence, sequence_window, quarantine, lost_frames;
delete from consumer_position where consumer = 'ingest-window';

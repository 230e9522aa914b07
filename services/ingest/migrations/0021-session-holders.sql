-- Which process of ingest holds the session of a device, so that several can stand behind one address; no view of the
-- log, closed to readers.
create table ingest_process (
  name text primary key,
  beat_at double precision not null
);
create table session_holder (
  btu text primary key,
  -- null = nobody holds it.
  holder text,
  -- Who held it last: what that one stored is not known to others before they have looked.
  last text not null,
  -- A process to which the device came meanwhile.
  wanted_by text
);
create index session_holder_wanted on session_holder (holder) where wanted_by is not null;

-- Views of consumer `condition` (a function of da.telemetry), for data that come late. Times are ms since 1970 UTC.

-- Frames of the last hours in the order of their data, as JSON, with the moves that ended in them.
create table kept_frame (
  org text not null,
  spreader text not null,
  key text collate "C" not null,
  frame text not null,
  moves text not null,
  primary key (spreader, key)
);

-- The state after the frame `after` and before any later one.
create table state_checkpoint (
  org text not null,
  spreader text not null,
  after text collate "C" not null,
  at double precision not null,
  state text not null,
  primary key (spreader, after)
);

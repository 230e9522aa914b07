-- Views of consumer `condition` (a function of da.telemetry). Times are ms since 1970 UTC.

-- Moves of an hour as sums and histograms that add up; made anew from the moves whenever one of them changes.
create table kpi_hour (
  org text not null,
  spreader text not null,
  hour double precision not null,
  cell jsonb not null,
  primary key (spreader, hour)
);

-- States (on, off, words) as they changed, one row for each frame: signal → [[time, value], …].
create table state_frame (
  org text not null,
  frame text primary key,
  spreader text not null,
  from_at double precision not null,
  to_at double precision not null,
  edges jsonb not null
);
create index state_frame_by_time on state_frame (spreader, to_at);

-- Views of consumer `condition-book` (a function of condition).

create table stop (
  org text not null,
  stop text primary key,
  spreader text not null,
  from_at double precision not null,
  to_at double precision,
  record jsonb not null
);
create index stop_by_spreader on stop (spreader, from_at);

create table act_now_period (
  org text not null,
  finding text not null,
  spreader text not null,
  root_cause text not null,
  from_at double precision not null,
  to_at double precision,
  primary key (finding, from_at)
);
create index act_now_period_by_spreader on act_now_period (spreader, from_at);

create table rule_book (
  org text not null,
  rule text not null,
  n int not null,
  type text not null,
  fact jsonb not null,
  primary key (rule, n)
);

create table component_stay (
  org text not null,
  serial text not null,
  n int not null,
  spreader text not null,
  position text not null,
  from_at double precision not null,
  to_at double precision,
  cycles_before int not null,
  removed_because text,
  scrapped boolean not null,
  primary key (org, serial, n)
);

create table book_revision (
  org text not null,
  stream text primary key,
  revision int not null
);

-- Not views: written in the transaction of the command.

-- Versions of rules and the time of data for which they are on.
create table rule_period (
  org text not null,
  rule text not null,
  version int not null,
  text jsonb not null,
  from_at double precision not null,
  to_at double precision,
  primary key (rule, version, from_at)
);

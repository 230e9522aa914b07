-- Views of consumer `condition` (a function of da.telemetry). Times are ms since 1970 UTC.

create table spreader_state (
  org text not null,
  spreader text primary key,
  state text not null
);

create table spreader_condition (
  org text not null,
  spreader text primary key,
  level text not null,
  score double precision,
  completeness double precision not null,
  computed_at double precision,
  model text not null,
  components jsonb not null,
  data_until double precision,
  heard_at double precision,
  live jsonb not null
);

create table move (
  org text not null,
  move text primary key,
  spreader text not null,
  started_at double precision not null,
  locked_at double precision,
  ended_at double precision not null,
  class text not null,
  result text not null,
  boxes int not null,
  teu double precision not null,
  load double precision,
  features jsonb not null
);
create index move_by_end on move (spreader, ended_at desc, move desc);

-- Sum in millionths as a whole number: parts of a minute add up exactly, in any order.
create table signal_minute (
  org text not null,
  spreader text not null,
  signal text not null,
  minute bigint not null,
  count int not null,
  min double precision not null,
  max double precision not null,
  sum_micro bigint not null,
  primary key (spreader, signal, minute)
);

create table finding (
  org text not null,
  finding text primary key,
  spreader text not null,
  status text not null,
  level text not null,
  risk_hours double precision not null,
  updated_at double precision not null,
  closed_at double precision,
  advice jsonb not null
);
create index finding_by_spreader on finding (spreader, status);

create table device_connection (
  org text not null,
  btu text primary key,
  spreader text,
  online boolean not null,
  at double precision not null
);
create index device_connection_by_spreader on device_connection (spreader, at desc);

-- Views of consumer `condition-fleet` (a function of fleet).

create table terminal (
  org text not null,
  terminal text primary key,
  name text not null,
  time_zone text not null
);

create table crane (
  org text not null,
  crane text primary key,
  number text not null,
  terminal text not null
);

create table fleet_spreader (
  org text not null,
  spreader text primary key,
  number text not null,
  model text not null,
  type text not null,
  terminal text not null
);

create table assignment (
  org text not null,
  spreader text not null,
  from_at double precision not null,
  crane text,
  primary key (spreader, from_at)
);

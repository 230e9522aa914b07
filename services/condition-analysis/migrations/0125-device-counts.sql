-- What devices count themselves: moves, to be compared with those made out of signals, and histograms.
create table device_move (
  org text not null,
  move text not null,
  spreader text not null,
  btu text not null,
  boot bigint not null,
  started_at double precision not null,
  ended_at double precision not null,
  class text,
  boxes int,
  total bigint,
  features jsonb not null,
  historical boolean not null,
  primary key (spreader, move)
);
create index device_move_by_end on device_move (spreader, ended_at desc, move desc);

create table device_histogram (
  org text not null,
  event text primary key,
  spreader text not null,
  btu text not null,
  signal text not null,
  counted text not null,
  from_at double precision not null,
  to_at double precision not null,
  axes jsonb not null,
  counts jsonb not null,
  outside double precision not null
);
create index device_histogram_by_end on device_histogram (spreader, signal, to_at);

-- View `fleet-view` of topic fleet: rebuilt from the log.
create table terminal (
  org text not null,
  terminal text primary key,
  name text not null,
  time_zone text not null,
  crane_hour_value double precision
);
create index terminal_by_name on terminal (org, name collate "C", terminal collate "C");

create table crane (
  org text not null,
  crane text primary key,
  number text not null,
  type text not null,
  terminal text not null
);
create index crane_by_number on crane (org, number collate "C", crane collate "C");

create table spreader (
  org text not null,
  spreader text primary key,
  number text not null,
  serial text not null,
  model text not null,
  type text not null,
  drive text not null,
  terminal text not null
);
create index spreader_by_terminal on spreader (org, terminal);

-- Everything ever recorded; where a spreader is at a time is decided by the latest from_at, then by the revision.
create table assignment (
  org text not null,
  spreader text not null,
  revision integer not null,
  crane text,
  from_at double precision not null,
  primary key (spreader, revision)
);

create table btu_binding (
  org text not null,
  btu text not null,
  revision integer not null,
  spreader text,
  from_at double precision not null,
  primary key (btu, revision)
);

-- How far the view has come with each stream, so that a caller can wait for their own change.
create table view_revision (
  org text not null,
  stream text primary key,
  revision integer not null
);

-- Not a view: what makes names unique in an organisation, written in the transaction of the fact.
create table claim (
  org text not null,
  kind text not null,
  value text not null,
  holder text not null,
  primary key (org, kind, value)
);

-- Not a view: which things were ever recorded at a place; tells whose facts a decision about the place must read.
create table visitor (
  org text not null,
  place text not null,
  thing text not null,
  primary key (org, place, thing)
);

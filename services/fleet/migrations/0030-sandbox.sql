-- Scenarios that were started in the sandbox. Not a view: it steers the simulator and is worth nothing afterwards.
-- Times are ms since 1970 UTC.

create table sandbox_run (
  org text not null,
  run text primary key,
  scenario text not null,
  spreader text,
  state text not null,
  detail text,
  started_at double precision not null,
  ended_at double precision
);
create index sandbox_run_by_start on sandbox_run (org, started_at desc, run desc);

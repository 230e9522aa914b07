-- Units, the spreader each is on, and the end of its certificate when that is near. No column org: only the service
-- itself can read it.
create table unit_certificate (
  organisation text not null,
  btu text not null,
  spreader text,
  bound_from double precision,
  -- The warning that stands; null = none.
  serial text,
  not_after double precision,
  days integer,
  -- The spreader that the alarm stands for now; null = none does.
  alarmed text,
  primary key (organisation, btu)
);

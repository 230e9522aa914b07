-- View `incidents`: rebuilt from the log.
create table incident (
  org text not null,
  incident text primary key,
  state text not null,
  source text not null,
  rule text,
  title text not null,
  description text not null,
  level text not null,
  about text,
  count integer not null,
  first_at double precision not null,
  last_at double precision not null,
  opened_at double precision not null,
  reported_by text,
  people_at_risk text,
  vector text,
  scope text,
  assessed_at double precision,
  assessed_by text,
  outcome text,
  closed_at double precision,
  closed_by text,
  closing_reason text
);
create index incident_newest on incident (org, opened_at desc, incident desc);

-- What the rules have counted, and the incident that is open for it. No column org: only the service itself reads it.
create table watch_tally (
  organisation text not null,
  rule text not null,
  about text not null,
  started_at double precision not null,
  count integer not null,
  incident text,
  primary key (organisation, rule, about)
);

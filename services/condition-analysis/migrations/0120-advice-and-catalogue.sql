-- Views of consumer `condition`: by which model of the analysis a move was made, and how its health was.
alter table move add column model text;
alter table spreader_condition add column provenance jsonb;

-- What was said before has one cause, as its events have after upcasting.
update finding set advice = advice || jsonb_build_object(
  'causes', jsonb_build_array(
    jsonb_build_object('failureMode', advice -> 'failureMode', 'component', advice -> 'component',
      'title', advice -> 'title', 'probability', advice -> 'confidence'),
    jsonb_build_object('failureMode', null, 'component', advice -> 'component', 'title', 'Another cause',
      'probability', round(1 - (advice ->> 'confidence')::numeric, 2))),
  'reopened', jsonb_build_object('times', 0, 'because', null, 'at', null))
where not advice ? 'causes';

-- Views of consumer `condition-book` (a function of condition).

-- What technicians found, the last word for each finding.
create table finding_verdict (
  org text not null,
  finding text primary key,
  spreader text not null,
  failure_mode text not null,
  record jsonb not null
);

-- What people did with a finding, one row for each step.
create table finding_progress (
  org text not null,
  finding text not null,
  n int not null,
  spreader text not null,
  record jsonb not null,
  primary key (finding, n)
);
create index finding_progress_by_spreader on finding_progress (spreader);

create table settings_edit (
  org text not null,
  edit text primary key,
  at double precision not null,
  scope text not null,
  -- Null = the whole organisation.
  of text,
  proposed jsonb not null,
  decided jsonb
);
create index settings_edit_by_time on settings_edit (org, at desc, edit desc);

-- View of consumer `condition-access` (a function of access).

-- Whether what is dangerous takes two people.
create table organisation_policy (
  org text primary key,
  four_eyes boolean not null
);

-- Not views: written in the transaction of the command.

-- Settings that somebody set, and the time of data for which they hold.
create table setting_period (
  org text not null,
  scope text not null,
  -- Empty = the whole organisation.
  of text not null,
  setting text not null,
  value jsonb not null,
  from_at double precision not null,
  to_at double precision,
  edit text not null,
  by text not null,
  primary key (org, scope, of, setting, from_at)
);

-- Repairs that people reported, by the time of data.
create table repair_report (
  org text not null,
  spreader text not null,
  finding text not null,
  at double precision not null,
  primary key (finding, at)
);
create index repair_report_by_spreader on repair_report (spreader);

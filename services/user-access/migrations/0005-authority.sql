-- Views of topic access. `revision` keeps an older fact from undoing a newer one.
create table custom_role (
  org text not null,
  role text primary key,
  name text not null,
  permissions jsonb not null,
  retired boolean not null,
  revision integer not null
);

create table delegation (
  org text not null,
  delegation text primary key,
  partner text not null,
  permissions jsonb not null,
  scope jsonb not null,
  until double precision not null,
  reason text not null,
  granted_by text not null,
  granted_at double precision not null,
  ended_at double precision
);
create index delegation_partner on delegation (partner);

create table approval (
  org text not null,
  approval text primary key,
  action text not null,
  parameters jsonb not null,
  requested_by text not null,
  requested_at double precision not null,
  expires_at double precision not null,
  outcome text,
  decided_by text,
  decided_at double precision,
  reason text
);
create index approval_org on approval (org, requested_at);

create table access_review (
  org text not null,
  review text primary key,
  opened_by text not null,
  opened_at double precision not null,
  due_at double precision not null,
  closed_at double precision
);

create table access_review_item (
  org text not null,
  review text not null,
  item text not null,
  user_id text not null,
  role text not null,
  scope jsonb not null,
  outcome text,
  decided_by text,
  decided_at double precision,
  reason text,
  primary key (review, item)
);

-- The organisation that a person works for in this session, when it is not their own.
alter table portal_session add column acting_org text;

-- Whether what is dangerous takes two people.
alter table access_policy add column four_eyes boolean not null default false;

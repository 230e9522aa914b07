-- People and groups as an identity provider provisions them (SCIM 2.0). State of their own, not rebuilt from the log:
-- what it means for accounts (roles, being shut out) are facts like any other.
create table scim_user (
  org text not null,
  user_id text primary key,
  external_id text,
  created_at double precision not null,
  changed_at double precision not null,
  -- Deleted by the provider: shut out, and no longer shown to it.
  deleted_at double precision
);
create index scim_user_org on scim_user (org);

create table scim_group (
  org text not null,
  group_id text primary key,
  display_name text not null,
  external_id text,
  created_at double precision not null,
  changed_at double precision not null
);
create unique index scim_group_name on scim_group (org, lower(display_name));

create table scim_member (
  org text not null,
  group_id text not null references scim_group (group_id) on delete cascade,
  user_id text not null,
  primary key (group_id, user_id)
);
create index scim_member_user on scim_member (user_id);

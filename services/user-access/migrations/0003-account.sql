-- A passkey has a name that its person knows it by.
alter table passkey add column name text not null default 'Passkey';

-- Devices that a person has signed in from: a hash of the browser's name without its version.
create table known_device (
  user_id text not null,
  organisation text not null,
  device_hash text not null,
  first_seen_at double precision not null,
  last_seen_at double precision not null,
  primary key (user_id, device_hash)
);

-- What a person should know about, until they have read it.
create table notice (
  org text not null,
  id text primary key,
  user_id text not null,
  kind text not null,
  at double precision not null,
  address text,
  user_agent text
);
create index notice_user on notice (user_id);

-- A program's secret before the present one still works for a while, so that it can be exchanged without a gap.
alter table api_client_key add column previous_hash text;
alter table api_client_key add column previous_until double precision;

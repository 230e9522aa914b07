-- Sessions can be shown and ended by name; `org` lets row-level security guard them.
alter table portal_session add column session text;
alter table portal_session add column org text;
alter table portal_session add column address text;
alter table portal_session add column user_agent text;
create unique index portal_session_session on portal_session (session);

-- What an organisation demands of its people at sign-in. No row = the configuration's default.
create table access_policy (
  org text not null primary key,
  second_factor text not null
);

-- The tables below name the organisation `organisation`: without a column `org` they are closed to the reading role,
-- for they hold secrets (the TOTP secret is sealed with a key of the secret store, the rest are hashes or public keys).
create table totp_factor (
  user_id text primary key,
  organisation text not null,
  sealed_secret bytea not null,
  confirmed_at double precision,
  -- The newest time step that was used: a code works once.
  last_step bigint not null default 0
);

create table recovery_code (
  user_id text not null,
  organisation text not null,
  code_hash text not null,
  used_at double precision,
  primary key (user_id, code_hash)
);

create table passkey (
  credential_id text primary key,
  user_id text not null,
  organisation text not null,
  public_key bytea not null,
  counter bigint not null,
  transports jsonb not null,
  created_at double precision not null,
  last_used_at double precision
);
create index passkey_user on passkey (user_id);

-- A sign-in between its steps: who has shown the first factor, and the challenge for a passkey.
create table sign_in_step (
  interaction text primary key,
  user_id text,
  challenge text,
  failures integer not null default 0,
  at double precision not null
);

-- View of topic access: programs and their roles. Rebuilt from the log.
create table api_client (
  org text not null,
  client text primary key,
  name text not null,
  method text not null,
  roles jsonb not null,
  created_at double precision not null,
  revoked_at double precision
);
create index api_client_org on api_client (org, client);

-- How programs prove themselves: SHA-256 of the secret, or their public keys; and when they last did.
create table api_client_key (
  client text primary key,
  organisation text not null,
  secret_hash text,
  jwks jsonb,
  last_used_at double precision
);

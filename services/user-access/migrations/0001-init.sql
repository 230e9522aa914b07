-- View of topic access: what the facts say of each user. Rebuilt from the log.
create table account (
  org text not null,
  user_id text primary key,
  revision integer not null,
  state text not null,
  invited_until double precision,
  roles jsonb not null
);
create index account_org on account (org, user_id);

-- View of topic fleet: names of organisations.
create table organisation (
  org text not null primary key,
  name text not null
);

-- The only place of personal data; never in events, never rebuilt. Deleting a row forgets the person.
create table person (
  org text not null,
  user_id text primary key,
  name text,
  email text,
  -- The e-mail as it is compared: trimmed, lower case.
  email_key text unique,
  password_hash text
);
create index person_org on person (org);

-- Set-up and invitation links: only the SHA-256 of the secret in the link.
create table one_time_link (
  org text not null,
  secret_hash text primary key,
  user_id text not null,
  kind text not null,
  expires_at double precision not null,
  used_at double precision
);
create index one_time_link_user on one_time_link (user_id);

-- Failed sign-ins by account and by address; keys are hashes.
create table sign_in_attempt (
  key text primary key,
  failures integer not null,
  last_at double precision not null,
  blocked_until double precision not null
);

-- Sessions of the gateway: only the SHA-256 of the cookie's id.
create table portal_session (
  id_hash text primary key,
  user_id text,
  data jsonb not null,
  created_at double precision not null,
  seen_at double precision not null
);
create index portal_session_user on portal_session (user_id);

-- A person known to another identity provider: (issuer, subject) is who they are, never the e-mail.
create table external_identity (
  issuer text not null,
  subject text not null,
  user_id text not null,
  primary key (issuer, subject)
);

-- State of the OpenID provider: sessions, interactions, grants, codes, tokens.
create table oidc_record (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  user_code text,
  consumed_at double precision,
  expires_at double precision,
  primary key (model, id)
);
create index oidc_record_grant on oidc_record (grant_id) where grant_id is not null;
create index oidc_record_uid on oidc_record (uid) where uid is not null;
create index oidc_record_expiry on oidc_record (expires_at) where expires_at is not null;

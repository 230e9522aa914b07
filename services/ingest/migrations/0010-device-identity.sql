-- Certificate authorities, and of each certificate what tells it from any other of the same number. The view is emptied
-- and read again from the start of the log when the service starts.
create table authority (
  org text not null,
  id text primary key,
  kind text not null,
  name text not null,
  certificate text not null,
  fingerprint text not null,
  key_ref text,
  quota integer,
  not_after double precision not null,
  added_at double precision not null,
  retired_at double precision
);
create index authority_org on authority (org, added_at);

truncate device, certificate;
alter table device
  add column state text not null default 'active',
  add column state_reason text,
  add column state_at double precision,
  -- The registered CA with whose certificate it came by itself.
  add column presented_by text;
create index device_presented on device (presented_by) where presented_by is not null;
-- CAs of others number their certificates as they like.
alter table certificate drop constraint certificate_pkey, add primary key (btu, serial);
alter table certificate
  add column authority text not null,
  add column fingerprint text not null,
  add column key_hash text,
  add column reason text,
  add column first_used_at double precision,
  add column warned integer;
create index certificate_key on certificate (key_hash);
delete from consumer_position where consumer = 'ingest-devices';

-- Private keys of the authorities, encrypted; no view of the log, closed to readers.
create table signing_key (
  ref text primary key,
  wrapped text not null,
  made_at double precision not null
);

-- One-time codes for the first certificate, as HMAC; no view of the log.
create table claim (
  org text not null,
  id text primary key,
  btu text not null,
  code_hash text not null unique,
  created_at double precision not null,
  created_by text not null,
  expires_at double precision not null,
  used_at double precision,
  withdrawn_at double precision
);
create index claim_btu on claim (btu);

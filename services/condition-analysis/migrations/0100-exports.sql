-- Exports that somebody asked for. Not a view of the log: an export that is gone is asked for again.
create table export_job (
  org text not null,
  export text primary key,
  owner text not null,
  dataset text not null,
  format text not null,
  from_at double precision not null,
  to_at double precision not null,
  spreader text,
  -- Null = all of the organisation.
  terminals text[],
  signals text[],
  state text not null check (state in ('waiting', 'running', 'ready', 'failed')),
  created_at double precision not null,
  expires_at double precision not null,
  -- Who writes it, until when; another takes over then.
  holder text,
  held_until double precision,
  attempts int not null default 0,
  rows bigint,
  bytes bigint,
  parts int,
  sha256 text,
  error text
);
create index export_job_by_owner on export_job (org, owner, created_at desc, export desc);
create index export_job_open on export_job (created_at) where state in ('waiting', 'running');
create index export_job_by_expiry on export_job (expires_at);

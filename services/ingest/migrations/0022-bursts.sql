-- Bursts of which chunks have come; whole ones are kept for a day, so that a chunk sent again is known. No view of the
-- log.
create table burst_upload (
  org text not null,
  btu text not null,
  id text not null,
  head jsonb not null,
  have integer[] not null default '{}',
  done boolean not null default false,
  last_at double precision not null,
  primary key (org, btu, id)
);
create index burst_upload_open on burst_upload (last_at);

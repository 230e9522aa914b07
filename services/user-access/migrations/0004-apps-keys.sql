-- Programs that act for people, and how strictly their tokens are bound.
alter table api_client add column redirect_uris jsonb not null default '[]';
alter table api_client add column logout_uri text;
alter table api_client add column dpop boolean not null default false;
alter table api_client add column par boolean not null default false;

-- Programs that have yet to be told that somebody has signed out (back-channel logout).
create table logout_call (
  id text primary key,
  client text not null,
  user_id text not null,
  sid text not null,
  attempts integer not null default 0,
  next_at double precision not null
);
create index logout_call_next on logout_call (next_at);

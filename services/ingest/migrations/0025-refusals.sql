-- How often what was refused, delayed or dropped, by hour; every process adds to it. No view of the log: each is in the
-- audit trail as well.
create table refusal_count (
  org text not null,
  hour double precision not null,
  action text not null,
  cause text not null,
  count bigint not null,
  last_at double precision not null,
  primary key (org, hour, action, cause)
);

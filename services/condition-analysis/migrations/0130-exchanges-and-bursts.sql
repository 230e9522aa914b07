-- A reported repair exchanged a part: what is normal for it is learned anew once the data prove it.
alter table repair_report add column exchanged boolean not null default false;

-- View of consumer `condition`: bursts of signals at a high rate, and those that will never be whole.
create table burst (
  org text not null,
  spreader text not null,
  btu text not null,
  burst text not null,
  signal text not null,
  trigger text not null,
  from_at double precision not null,
  to_at double precision not null,
  rate double precision not null,
  samples int not null,
  lost boolean not null,
  primary key (btu, burst)
);
create index burst_by_time on burst (spreader, to_at);

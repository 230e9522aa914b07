-- Which devices changed, and in which transaction: so that a process of ingest asks again for these only, not for all
-- that are connected to it. No view of the log, closed to readers.
create table device_change (
  btu text primary key,
  xid bigint not null
);
create index device_change_xid on device_change (xid);

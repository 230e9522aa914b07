-- Windows are runs of numbers now; which spreader is at which terminal decides who sees its device. Both views are
-- emptied and read again from the start of the log when the service starts.
create table spreader (
  org text not null,
  spreader text not null,
  terminal text not null,
  primary key (org, spreader)
);
truncate binding, presence, sequence_window, quarantine;
alter table binding drop constraint binding_pkey, add primary key (org, btu, valid_from);
-- Time of the event that `online` comes from.
alter table presence add column online_since double precision;
delete from consumer_position where consumer in ('ingest-bindings', 'ingest-window');

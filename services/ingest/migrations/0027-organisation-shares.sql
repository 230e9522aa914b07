-- How many devices of each organisation a process of ingest serves: by that the processes share the organisation's rate.
alter table ingest_process add column devices jsonb not null default '{}';

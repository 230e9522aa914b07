-- A spreader is also found by its number. The view is read again from the start of the log, over what is there.
alter table spreader add column number text;
create index spreader_number on spreader (org, number);
delete from consumer_position where consumer = 'ingest-bindings';

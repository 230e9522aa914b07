-- An address that is switched off because it does not take messages: since when and why; messages given up in a row.
alter table webhook_target add column given_up integer not null default 0;
alter table webhook_target add column off_since double precision;
alter table webhook_target add column off_reason text;

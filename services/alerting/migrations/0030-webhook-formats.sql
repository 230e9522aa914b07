-- How messages to an address are written, and the secret before the present one while both sign.
alter table webhook_endpoint add column format text not null default 'cloudevents';
alter table webhook_target add column format text not null default 'cloudevents';
alter table webhook_target add column previous_secret text;
alter table webhook_target add column previous_until double precision;

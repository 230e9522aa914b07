-- View of consumer `usage` (a function of topic usage): what programs have called, by day of UTC. Times are ms since 1970.

create table api_usage (
  org text not null,
  client text not null,
  day date not null,
  operation text not null,
  requests bigint not null,
  client_errors bigint not null,
  server_errors bigint not null,
  throttled bigint not null,
  last_at double precision not null,
  primary key (client, day, operation)
);

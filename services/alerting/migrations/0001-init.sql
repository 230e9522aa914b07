-- View `alerting-view` of topic alerting: rebuilt from the log.
create table alarm (
  org text not null,
  alarm text primary key,
  revision integer not null,
  spreader text not null,
  state text not null,
  level text not null,
  raised_at double precision not null,
  acknowledged_at double precision,
  acknowledged_by text,
  cleared_at double precision,
  -- Data of the newest alarm-raised.
  subject jsonb not null
);
create index alarm_open on alarm (org, raised_at desc, alarm collate "C" desc) where state <> 'normal';
create index alarm_all on alarm (org, raised_at desc, alarm collate "C" desc);
create index alarm_by_spreader on alarm (spreader, raised_at desc);

create table webhook_endpoint (
  org text not null,
  endpoint text primary key,
  url text not null,
  created_at double precision not null
);

-- View `fleet-names` of topic fleet: where a spreader is and what people call it.
create table place_crane (
  org text not null,
  crane text primary key,
  terminal text not null
);
create table place_spreader (
  org text not null,
  spreader text primary key,
  number text not null,
  terminal text not null,
  crane text,
  crane_from double precision
);

-- Outbox of notifications: one row for each endpoint and transition of an alarm. Not a view: it says what was sent.
create table delivery (
  org text not null,
  delivery text primary key,
  endpoint text not null,
  alarm text not null,
  -- Bytes that are sent, the same at every attempt.
  payload text not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null,
  last_status integer,
  last_error text,
  next_at double precision,
  -- A worker has taken it until then; after its death another one takes it again.
  leased_until double precision,
  created_at double precision not null
);
create index delivery_due on delivery (next_at) where state = 'waiting';
create index delivery_by_endpoint on delivery (endpoint, created_at desc, delivery collate "C" desc);

-- The tables below have no column org: only the service itself can read them.

-- Where to send, and the secret that requests are signed with. Never leaves this table but to the channel.
create table webhook_target (
  endpoint text primary key,
  organisation text not null,
  url text not null,
  secret text not null,
  unique (organisation, url)
);

-- The newest occurrence of each alarm that can be; its row lock orders all that happens to the alarm.
create table alarm_occurrence (
  spreader text not null,
  component text not null,
  code text not null,
  n integer not null,
  alarm text not null unique,
  primary key (spreader, component, code)
);

-- Spreaders whose unit was lost and not heard since.
create table lost_contact (
  spreader text primary key,
  organisation text not null,
  btu text not null,
  lost_at double precision not null,
  alarmed boolean not null
);

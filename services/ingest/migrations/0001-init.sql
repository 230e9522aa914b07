-- Views of topics devices and da.telemetry: who the devices are and how they are. Rebuilt from the log.
create table device (
  org text not null,
  btu text primary key,
  enrolled_at double precision not null
);
create index device_org on device (org, btu);

create table certificate (
  org text not null,
  serial text primary key,
  btu text not null,
  not_after double precision not null,
  issued_at double precision not null,
  revoked_at double precision
);
create index certificate_btu on certificate (btu);

create table binding (
  org text not null,
  btu text not null,
  valid_from double precision not null,
  spreader text,
  primary key (btu, valid_from)
);

create table presence (
  org text not null,
  btu text primary key,
  online boolean not null default false,
  last_seen_at double precision,
  firmware text,
  quarantined integer not null default 0
);

-- Which frames of each stream are in the log: what makes a frame sent again harmless.
create table sequence_window (
  org text not null,
  btu text not null,
  boot bigint not null,
  stream text not null,
  seen text not null,
  primary key (btu, boot, stream)
);

create table quarantine (
  org text not null,
  id text primary key,
  btu text not null,
  mqtt_topic text not null,
  reason text not null,
  raw_base64 text not null,
  received_at double precision not null
);
create index quarantine_recent on quarantine (org, received_at desc, id);

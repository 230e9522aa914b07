-- Firmware of devices and its roll-outs; views of topic devices.
create table firmware (
  org text not null,
  id text primary key,
  model text not null,
  version text not null,
  size bigint not null,
  sha256 text not null,
  rollback boolean not null,
  notes text not null,
  manifest text not null,
  signature text not null,
  published_at double precision not null
);
create index firmware_recent on firmware (org, published_at desc, id);

create table rollout (
  org text not null,
  id text primary key,
  firmware text not null,
  version text not null,
  state text not null,
  reason text,
  groups integer not null,
  open_groups integer not null,
  opened_at double precision not null,
  failure_limit double precision not null,
  soak_for double precision not null,
  confirm_for double precision not null,
  started_at double precision not null,
  started_by text not null
);
create index rollout_recent on rollout (org, started_at desc, id);
create index rollout_running on rollout (state) where state = 'running';

create table rollout_device (
  org text not null,
  rollout text not null,
  btu text not null,
  group_no integer not null,
  step text,
  detail text,
  at double precision,
  primary key (rollout, btu)
);
create index rollout_device_btu on rollout_device (btu);

-- Artefacts of which not all parts are here yet; no view of the log.
create table firmware_upload (
  org text not null,
  id text primary key,
  manifest text not null,
  signature text not null,
  received bigint not null default 0,
  started_at double precision not null
);

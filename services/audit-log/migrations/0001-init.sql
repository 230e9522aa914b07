-- The hash chain of each organisation. A book of record, not a view: rows can never be changed or removed.
create table audit_entry (
  org text not null,
  seq bigint not null check (seq > 0),
  -- Id of the audit event; a repeated event is one entry.
  event text not null,
  -- Canonical JSON, exactly the bytes that are hashed.
  body text not null,
  -- Head of the chain after this entry, hex.
  hash text not null,
  action text not null,
  target text not null,
  primary key (org, seq),
  unique (org, event)
);
create index audit_entry_by_action on audit_entry (org, action, seq desc);
create index audit_entry_by_target on audit_entry (org, target, seq desc);

-- The last entry of each chain; its row lock lets one writer at a time extend it.
create table audit_head (
  org text not null primary key,
  seq bigint not null,
  hash text not null
);

-- Signed checkpoints, also in the object store as audit/<org>/checkpoint-<size>.
create table audit_checkpoint (
  org text not null,
  size bigint not null,
  at double precision not null,
  note text not null,
  primary key (org, size)
);

create function refuse_audit_change() returns trigger language plpgsql as $$
  begin
    raise exception 'the audit trail can never be changed or removed' using errcode = 'insufficient_privilege';
  end
$$;
create trigger audit_entry_is_append_only before update or delete or truncate on audit_entry
  for each statement execute function refuse_audit_change();
create trigger audit_checkpoint_is_append_only before update or delete or truncate on audit_checkpoint
  for each statement execute function refuse_audit_change();

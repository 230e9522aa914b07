-- Who and when, for searching; the body is what counts. Rows of before are filled in once: the trigger lets nobody change
-- an entry, and what is hashed stays as it is. A body with U+0000 in it cannot be read here and is not found by these.
alter table audit_entry add column actor text;
alter table audit_entry add column at double precision;
alter table audit_entry disable trigger audit_entry_is_append_only;
update audit_entry set actor = body::json -> 'actor' ->> 'id', at = (body::json ->> 'at')::double precision
  where position('\u0000' in body) = 0;
alter table audit_entry enable trigger audit_entry_is_append_only;
create index audit_entry_by_actor on audit_entry (org, actor, seq desc);
create index audit_entry_by_time on audit_entry (org, at);

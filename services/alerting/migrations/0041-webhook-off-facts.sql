-- Whether an address is switched off is told by facts and seen in the view. What was switched off before there were such
-- facts is taken over once; a rebuild does not know of it, and the next message that is given up switches it off again.
alter table webhook_endpoint add column off_since double precision;
alter table webhook_endpoint add column off_reason text;
update webhook_endpoint e set off_since = t.off_since, off_reason = t.off_reason
  from webhook_target t where t.endpoint = e.endpoint and t.off_since is not null;

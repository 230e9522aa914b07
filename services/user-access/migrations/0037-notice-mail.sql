-- Notices that wait to be sent by mail too; a row goes when it was sent or given up. A notice that its person has read
-- meanwhile is sent all the same: reading it may have been somebody else's doing.
create table notice_mail (
  id text primary key,
  org text not null,
  user_id text not null,
  kind text not null,
  at double precision not null,
  address text,
  user_agent text,
  attempts integer not null default 0,
  next_at double precision not null,
  leased_until double precision
);
create index notice_mail_due on notice_mail (next_at);
create index notice_mail_user on notice_mail (user_id);

-- Mails on their way to a mail server: what is stored here is sent, whichever process does it.

create table mails (
  id uuid primary key,
  -- For the log. What it says, and to whom, is sealed: a copy of the database gives no code away.
  kind text not null,
  sealed bytea not null,
  -- Not before this: the next try, or the end of the time that whoever is at it has.
  due_at timestamptz not null default clock_timestamp(),
  -- From then on nobody needs it any more.
  worthless_at timestamptz not null,
  -- Begun. Also says whose try it is: what an earlier one comes to counts no more.
  tries int not null default 0
);
create index mails_due on mails (due_at);
create index mails_worthless on mails (worthless_at);

-- One row: when the next mail may leave, whoever sends it.
create table mail_rate (
  single boolean primary key default true check (single),
  next_at timestamptz not null default clock_timestamp()
);
insert into mail_rate default values;

create trigger refuse_unsafe_write before insert or update or delete on mails
  for each statement when (current_setting('fsync') = 'off'
  or current_setting('synchronous_commit') = 'off') execute function refuse_write();
create trigger refuse_unsafe_write before insert or update or delete on mail_rate
  for each statement when (current_setting('fsync') = 'off'
  or current_setting('synchronous_commit') = 'off') execute function refuse_write();

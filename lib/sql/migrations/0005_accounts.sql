-- What happens to an account over its life, and what its owner may read of that.

alter table users
  -- Until it is null again nobody signs in.
  add column disabled_at timestamptz,
  -- The owner asked for the end: until then signing in calls it off, afterwards it is carried out.
  add column deletes_at timestamptz,
  -- Carried out: the row stays, so that what was said still has a sender, and knows no person any more.
  add column deleted_at timestamptz,
  -- What its owner reads, as of the latest sign-in; not known of who has not signed in since.
  add column language text;
create index users_to_delete on users (deletes_at) where deletes_at is not null;

-- Read by one's own account alone, and never changed.
create table security_events (
  -- UUIDv7: sorted by time.
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  type text not null,
  session_id uuid,
  device text not null default '',
  ip text not null default '',
  created_at timestamptz not null default date_trunc('milliseconds', clock_timestamp())
);
create index security_events_of_user on security_events (user_id, id);
create index security_events_age on security_events (created_at);
-- How often somebody failed to sign in lately.
create index security_events_failed on security_events (user_id, created_at)
  where type = 'sign-in-failed';

create trigger refuse_unsafe_write before insert or update or delete on security_events
  for each statement when (current_setting('fsync') = 'off'
  or current_setting('synchronous_commit') = 'off') execute function refuse_write();

-- What ended or expired long ago is found by it, and swept.
create index sessions_age on sessions (coalesce(ended_at, expires_at));

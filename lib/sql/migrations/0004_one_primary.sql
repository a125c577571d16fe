-- Where a commit could be lost again nothing is written, and a log that is another one says so.

-- Where this log was when it was written last. A dump that was restored has another `place` or system,
-- a standby that was promoted or a recovery to a point in time another timeline.
alter table log_epoch
  add column system_identifier text,
  add column timeline int,
  -- The database's and this table's own number: a dump restored beside, or over, the old one.
  add column place text;

create function log_place(
  out system_identifier text, out timeline int, out place text
) language plpgsql stable as $$
begin
  place := (select oid from pg_database where datname = current_database()) || '/' ||
    'log_epoch'::regclass::oid;
  if not pg_is_in_recovery() then
    -- Not of the last checkpoint: after a promotion that is minutes behind.
    timeline := ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int;
  end if;
  begin
    system_identifier := (select c.system_identifier from pg_control_system() c);
  exception when insufficient_privilege then
    -- Null is what nobody may know, and differs from nothing.
    null;
  end;
end $$;

create function refuse_write() returns trigger language plpgsql as $$
begin
  raise exception using
    errcode = 'PY001',
    message = format('nothing is written with fsync = %s and synchronous_commit = %s: it could be lost',
      current_setting('fsync'), current_setting('synchronous_commit'));
end $$;

-- Asked by the session that writes, with every statement: no connection, role or reloaded
-- configuration gets around it. A later table gets its trigger in its own migration.
do $$
declare
  name text;
begin
  for name in
    select c.oid::regclass::text from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
  loop
    execute format('create trigger refuse_unsafe_write before insert or update or delete on %s '
      'for each statement when (current_setting(''fsync'') = ''off'' '
      'or current_setting(''synchronous_commit'') = ''off'') execute function refuse_write()', name);
  end loop;
end $$;

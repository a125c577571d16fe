-- Files: what was uploaded apart from who holds it and where it was sent.

-- Bytes that the server keeps, by what they are and not by who sent them: the same ones once.
create table contents (
  id uuid primary key,
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  size bigint not null check (size >= 0),
  -- By what is in it, never by its name.
  type text not null,
  width int,
  height int,
  -- Seconds.
  duration double precision,
  created_at timestamptz not null default clock_timestamp()
);

-- What came, where something was taken out of it before it was kept: a picture with its metadata.
create table content_originals (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  size bigint not null,
  content_id uuid not null references contents on delete cascade
);
create index content_originals_of_content on content_originals (content_id);

-- A person's own hold on a content, under the name that they gave it.
create table files (
  id uuid primary key,
  owner_id uuid not null references users,
  content_id uuid not null references contents,
  name text not null,
  -- Whether its owner still holds it; messages in which it was sent hold it as well.
  kept bool not null default true,
  -- What its owner's client made of it: for those who look at it, and no more than a claim.
  placeholder text,
  waveform text,
  -- Seconds, where the content itself does not say.
  duration double precision,
  -- Bytes that it takes up of what its owner may have, with its small picture.
  room bigint not null check (room > 0),
  created_at timestamptz not null default clock_timestamp()
);
-- Each new file asks for the sum of its owner's.
create index files_of_owner on files (owner_id) include (room);
create index files_of_content on files (content_id, owner_id);

-- A message's hold on a file. It goes with a recall.
create table message_files (
  conversation_id uuid not null,
  seq bigint not null,
  position smallint not null,
  file_id uuid not null references files,
  primary key (conversation_id, seq, position)
);
create index message_files_of_file on message_files (file_id, conversation_id, seq);

-- What a message's readers are told of its files, as it was when it was sent.
alter table messages add column attachments jsonb;

-- A file on its way here (tus), or a part of one.
create table uploads (
  -- Of the file as well, once it is whole.
  id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  size bigint not null check (size >= 0),
  -- All bytes before this one are kept safe.
  received bigint not null default 0 check (received between 0 and size),
  name text not null,
  -- What its sender says that it is; null where they do not say.
  type text,
  sha256 bytea check (octet_length(sha256) = 32),
  -- As it came, for who asks.
  metadata text not null default '',
  -- To be put together with others.
  partial bool not null default false,
  -- Of which parts it is put together; null for one that comes whole.
  parts uuid[],
  -- Whoever writes to it now: a later request takes over, and an earlier one's bytes count no more.
  writer uuid,
  touched_at timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default clock_timestamp()
);
create index uploads_of_owner on uploads (owner_id);
create index uploads_age on uploads (touched_at);

-- An object in the store, under a name that is used once. There is a row before there is an object,
-- so that none is ever left behind: one that nobody holds is removed.
create table objects (
  id uuid primary key,
  upload_id uuid references uploads on delete set null,
  content_id uuid references contents on delete set null,
  -- Of whose small picture it is.
  thumbnail_of uuid references files on delete set null,
  -- Where in its upload or content it begins.
  start bigint not null default 0,
  -- Null until it is whole and safe.
  size bigint,
  -- Of a small picture.
  type text,
  -- It is being removed: nobody takes hold of it any more.
  doomed bool not null default false,
  created_at timestamptz not null default clock_timestamp()
);
create index objects_of_upload on objects (upload_id, start) where upload_id is not null;
create index objects_of_content on objects (content_id, start) where content_id is not null;
create unique index objects_of_thumbnail on objects (thumbnail_of) where thumbnail_of is not null;
create index objects_of_nobody on objects (created_at)
  where upload_id is null and content_id is null and thumbnail_of is null or size is null;

-- What somebody has to show who says that they have a file which they cannot read here. Once.
create table file_challenges (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  content_id uuid not null references contents on delete cascade,
  start bigint not null,
  length bigint not null,
  expires_at timestamptz not null,
  -- Kept for a while: how often somebody tried counts.
  used bool not null default false
);
create index file_challenges_expiry on file_challenges (expires_at);
create index file_challenges_of_content on file_challenges (content_id);
create index file_challenges_of_user on file_challenges (user_id);

-- Whatever was named here named nothing: there were no files.
update users set avatar = null where avatar is not null;
update conversations set avatar = null where avatar is not null;
alter table users add foreign key (avatar) references files;
alter table conversations add foreign key (avatar) references files;
create index users_avatar on users (avatar) where avatar is not null;
create index conversations_avatar on conversations (avatar) where avatar is not null;

do $$
declare
  name text;
begin
  foreach name in array array['contents', 'content_originals', 'files', 'message_files', 'uploads',
    'objects', 'file_challenges']
  loop
    execute format('create trigger refuse_unsafe_write before insert or update or delete on %s '
      'for each statement when (current_setting(''fsync'') = ''off'' '
      'or current_setting(''synchronous_commit'') = ''off'') execute function refuse_write()', name);
  end loop;
end $$;

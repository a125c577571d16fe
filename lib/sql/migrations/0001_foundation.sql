-- People, sessions, contacts, conversations and their logs.
-- Keys of a conversation's tables begin with conversation_id: whoever has to split them over
-- partitions or machines one day splits by conversation.

-- Names this log. A restored backup gets a new epoch, so that clients forget what they cached.
create table log_epoch (
  only_row bool primary key default true check (only_row),
  epoch uuid not null default gen_random_uuid()
);
insert into log_epoch default values;

create table users (
  id uuid primary key,
  username text not null unique check (username = lower(username)),
  email text not null unique check (email = lower(email)),
  display_name text not null,
  bio text not null default '',
  avatar uuid,
  password_hash text not null,
  created_at timestamptz not null default now()
);
-- For prefix search, whatever the database's collation.
create index users_username_prefix on users (username text_pattern_ops);
create index users_display_name_prefix on users (lower(display_name) text_pattern_ops);

create table sessions (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  device text not null default '',
  ip text not null default '',
  -- The refresh token in force is the one of this generation; older ones were rotated away.
  generation int not null default 1,
  -- When each of the last generations was rotated away, oldest first.
  rotations timestamptz[] not null default '{}',
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  -- Without a refresh by then the session is over.
  expires_at timestamptz not null,
  -- No refresh goes beyond this.
  ends_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text
);
create index sessions_of_user on sessions (user_id);
create index sessions_ended on sessions (ended_at) where ended_at is not null;
create index sessions_expiry on sessions (expires_at) where ended_at is null;

-- A ticket opens one WebSocket, once. Only its hash is kept.
create table tickets (
  hash text primary key,
  session_id uuid not null references sessions on delete cascade,
  node text not null,
  expires_at timestamptz not null
);
create index tickets_expiry on tickets (expires_at);

create table contact_requests (
  id uuid primary key,
  from_id uuid not null references users on delete cascade,
  to_id uuid not null references users on delete cascade,
  greeting text not null default '',
  created_at timestamptz not null default now(),
  unique (from_id, to_id),
  check (from_id <> to_id)
);
create index contact_requests_to on contact_requests (to_id);

create table conversations (
  id uuid primary key,
  kind text not null check (kind in ('direct', 'group')),
  title text not null default '',
  avatar uuid,
  announcement text not null default '',
  history_visible bool not null default false,
  -- The last message's position and the last change's revision (0: nothing yet).
  seq bigint not null default 0,
  rev bigint not null default 0,
  -- Grows with every change of who may read or write here; an append names the one it checked.
  members_rev bigint not null default 1,
  created_at timestamptz not null default now(),
  active_at timestamptz not null default date_trunc('milliseconds', now()),
  check (rev >= seq)
) with (fillfactor = 80);

-- The one direct conversation of two people, whichever of them began it.
create table direct_conversations (
  low_id uuid not null references users on delete cascade,
  high_id uuid not null references users on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  primary key (low_id, high_id),
  check (low_id < high_id)
);

create table contacts (
  user_id uuid not null references users on delete cascade,
  contact_id uuid not null references users on delete cascade,
  alias text not null default '',
  conversation_id uuid not null references conversations,
  created_at timestamptz not null default now(),
  primary key (user_id, contact_id)
);

create table members (
  conversation_id uuid not null references conversations on delete cascade,
  user_id uuid not null references users on delete cascade,
  role text not null default 'member' check (role in ('owner', 'admin', 'member')),
  -- Messages up to here were said before this person came.
  joined_seq bigint not null default 0,
  read_seq bigint not null default 0,
  delivered_seq bigint not null default 0,
  muted_until timestamptz,
  pinned bool not null default false,
  hidden bool not null default false,
  marked_unread bool not null default false,
  created_at timestamptz not null default now(),
  primary key (conversation_id, user_id)
) with (fillfactor = 80);
create index members_of_user on members (user_id);

create table messages (
  conversation_id uuid not null references conversations on delete cascade,
  seq bigint not null,
  rev bigint not null,
  id uuid not null,
  sender_id uuid not null,
  client_id uuid not null,
  kind text not null check (kind in ('text', 'file', 'system')),
  text text not null,
  reply_to bigint,
  mentions uuid[],
  -- Of what was sent first, so that a retry is told from a reuse of its id for something else.
  payload_hash text not null,
  created_at timestamptz not null,
  edited_at timestamptz,
  recalled_at timestamptz,
  primary key (conversation_id, seq),
  unique (conversation_id, sender_id, client_id)
);
create index messages_by_rev on messages (conversation_id, rev);

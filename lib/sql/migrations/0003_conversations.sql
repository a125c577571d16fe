-- Groups, blocks, invitations, and what happens to a message after it was sent.

create table blocks (
  user_id uuid not null references users on delete cascade,
  blocked_id uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  primary key (user_id, blocked_id),
  check (user_id <> blocked_id)
);

alter table conversations
  -- Of anything in the log: `active_at` is of the last message, which is what lists are sorted by.
  add column changed_at timestamptz not null default date_trunc('milliseconds', now()),
  -- Counted anew with every change of the members, under the row's lock.
  add column member_count int not null default 0,
  -- A retry of the request that made this group finds it by these, and is told from another request
  -- under the same id by the SHA-256 of what was asked for.
  add column created_by uuid,
  add column client_id uuid,
  add column client_hash bytea;
update conversations c set changed_at = c.active_at,
  member_count = (select count(*) from members m where m.conversation_id = c.id);
create unique index conversations_retry on conversations (created_by, client_id)
  where client_id is not null;

alter table members
  add column draft text not null default '',
  -- Until then an admin lets this person read only.
  add column silenced_until timestamptz,
  -- Two settings end by themselves, and are kept as the position they hold for: so nothing has to be
  -- written for anybody when a message comes. Hidden from this person's list while the log ends here.
  add column hidden_seq bigint,
  -- Marked as unread while this person's read position is this one.
  add column marked_seq bigint;
update members m set hidden_seq = case when m.hidden then c.seq end,
  marked_seq = case when m.marked_unread then m.read_seq end
from conversations c where c.id = m.conversation_id and (m.hidden or m.marked_unread);
alter table members drop column hidden, drop column marked_unread;

alter table messages
  add column mentions_all bool not null default false,
  -- Of a system message: what happened.
  add column event jsonb,
  -- Who reacted by what: { emoji: [user] }. Null when nobody does.
  add column reactions jsonb,
  add column pinned_at timestamptz,
  -- SHA-256 of the text that was sent first, once that is not the text any more: so that a late
  -- retry is still told from another message under the same id.
  add column sent_hash bytea;

-- What is unread is computed from positions: of the messages behind the last one read these are
-- taken off, one's own and those that do not count. The last two hold next to nothing.
create index messages_counted_of_sender on messages (conversation_id, sender_id, seq)
  where kind <> 'system' and recalled_at is null;
create index messages_not_counted on messages (conversation_id, seq)
  where kind = 'system' or recalled_at is not null;
create index messages_mentioning on messages (conversation_id, seq)
  where (mentions is not null or mentions_all) and recalled_at is null;

create index messages_pinned on messages (conversation_id, pinned_at) where pinned_at is not null;

-- Lets whoever holds the token join a group or, without one, become its maker's contact. Only its
-- hash is kept.
create table invites (
  hash text primary key,
  conversation_id uuid references conversations on delete cascade,
  created_by uuid not null references users on delete cascade,
  uses int not null default 0,
  max_uses int,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (max_uses is null or uses <= max_uses)
);
create index invites_of_conversation on invites (conversation_id);
create index invites_of_maker on invites (created_by);
create index invites_expiry on invites (expires_at);

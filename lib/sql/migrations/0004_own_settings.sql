-- Two settings that end by themselves are kept as the position they hold for: so nothing has to be
-- written for anybody when a message comes.

alter table members
  -- Hidden from this person's list while the log ends here.
  add column hidden_seq bigint,
  -- Marked as unread while this person's read position is this one.
  add column marked_seq bigint;
update members m set hidden_seq = case when m.hidden then c.seq end,
  marked_seq = case when m.marked_unread then m.read_seq end
from conversations c where c.id = m.conversation_id and (m.hidden or m.marked_unread);
alter table members drop column hidden, drop column marked_unread;

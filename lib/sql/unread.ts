/**
 * What a member has not read, from positions alone: the messages behind the last one they read, or
 * behind where they joined, less those among them that do not count. Each part is counted in an
 * index that holds little else, so it costs nothing for each message that waits; one's own behind what
 * one has read do cost, and whoever writes reads.
 *
 * These are parts of a query; `conversation` and `member` are the aliases of its rows of
 * `conversations` and `members`.
 */
import type { Fragment, Queries } from "./open.ts";

/** Others' messages that were not recalled. What the log itself says of its changes is none. */
export function unreadCount(sql: Queries, conversation: string, member: string): Fragment {
  const id = sql(`${conversation}.id`);
  const head = sql(`${conversation}.seq`);
  const seen = seenUpTo(sql, member);
  return sql`case when ${head} > ${seen} then (${head} - ${seen}
    - (select count(*) from messages own where own.conversation_id = ${id}
        and own.sender_id = ${sql(`${member}.user_id`)} and own.seq > ${seen}
        and own.kind <> 'system' and own.recalled_at is null)
    - (select count(*) from messages other where other.conversation_id = ${id}
        and other.seq > ${seen} and (other.kind = 'system' or other.recalled_at is not null))
    )::int else 0 end`;
}

/** Those of the unread that mention the member, or everybody. */
export function mentionCount(sql: Queries, conversation: string, member: string): Fragment {
  const user = sql(`${member}.user_id`);
  const seen = seenUpTo(sql, member);
  return sql`case when ${sql(`${conversation}.seq`)} > ${seen} then (
      select count(*)::int from messages said
      where said.conversation_id = ${sql(`${conversation}.id`)} and said.seq > ${seen}
        and (said.mentions is not null or said.mentions_all) and said.recalled_at is null
        and said.kind <> 'system' and said.sender_id <> ${user}
        and (said.mentions_all or ${user} = any(said.mentions))
    ) else 0 end`;
}

function seenUpTo(sql: Queries, member: string): Fragment {
  return sql`greatest(${sql(`${member}.read_seq`)}, ${sql(`${member}.joined_seq`)})`;
}

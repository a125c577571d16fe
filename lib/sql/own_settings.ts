import type * as z from "zod";
import type { Conversation, Id } from "../protocol/model.ts";
import type { ChangeOwnSettings } from "../protocol/requests.ts";
import { readConversation } from "./conversations.ts";
import { inTransaction } from "./in_transaction.ts";
import type { Sql } from "./open.ts";

/**
 * Changes what `user` chose for a conversation; what is not named stays. Hiding and marking hold
 * for a position: the next message ends the one, a read position that moves the other.
 * @returns the conversation after it; undefined if `user` is no member
 */
export async function changeOwnSettings(
  sql: Sql,
  user: Id,
  conversation: Id,
  change: z.infer<typeof ChangeOwnSettings>,
): Promise<Conversation | undefined> {
  const { mutedUntil, pinned, hidden, draft, markedUnread } = change;
  return await inTransaction(sql, async (tx) => {
    // The row stays locked until it was read: of two changes the later answer holds both.
    await tx`
      update members m set
        muted_until = ${
      mutedUntil === undefined ? tx`m.muted_until` : tx`${mutedUntil}::timestamptz`
    },
        pinned = ${pinned === undefined ? tx`m.pinned` : tx`${pinned}::bool`},
        hidden_seq = ${hidden === undefined ? tx`m.hidden_seq` : hidden ? tx`c.seq` : tx`null`},
        draft = ${draft === undefined ? tx`m.draft` : tx`${draft}::text`},
        marked_seq = ${
      markedUnread === undefined ? tx`m.marked_seq` : markedUnread ? tx`m.read_seq` : tx`null`
    }
      from conversations c
      where c.id = m.conversation_id and m.conversation_id = ${conversation} and m.user_id = ${user}`;
    return await readConversation(tx, user, conversation);
  });
}

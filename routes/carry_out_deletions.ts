import { AppError, messageOf } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import {
  type Emptied,
  emptyAccount,
  finishDeletion,
  readContactIds,
  readDueDeletions,
  readGroupsOfDeleted,
} from "../lib/sql/accounts/empty_account.ts";
import { readConversation } from "../lib/sql/conversations.ts";
import { isAway } from "../lib/sql/failures.ts";
import { removeMember } from "../lib/sql/groups/remove_member.ts";
import { poll } from "../lib/sql/poll.ts";
import { readUser } from "../lib/sql/users.ts";
import type { Timers } from "../lib/timers.ts";
import type { Gate } from "./context.ts";
import { endContact } from "./end_contact.ts";
import { tell } from "./tell.ts";
import { tellGroup } from "./tell_group.ts";

/** Milliseconds; whoever waits for it has waited for days. */
const LOOK_EVERY = 60_000;

type Parts = Pick<Gate, "sql" | "bus" | "announcer" | "log">;

/**
 * Ends the accounts whose owners asked for that, once they can call it off no more. Disposing it waits
 * for the step under way, so that what was done is told.
 */
export function startDeletions(parts: Parts, timers: Timers): AsyncDisposable {
  const { sql, log } = parts;
  const onError = (error: unknown) => {
    log.error("deletion.failed", { error: messageOf(error) });
  };
  let ended = false;
  let looking = Promise.resolve();
  const look = async () => {
    for (const user of await readDueDeletions(sql)) {
      try {
        await carryOut(parts, user, () => ended);
      } catch (error) {
        if (isAway(error)) throw error;
        // What fails for one is done for the others, and tried again with the next look.
        onError(error);
      }
      if (ended) return;
    }
  };
  const polling = poll(timers, LOOK_EVERY, () => looking = look(), onError);
  polling.now();
  return {
    [Symbol.asyncDispose]: async () => {
      ended = true;
      polling[Symbol.dispose]();
      // How it ends is told where it was begun.
      await looking.catch(() => {});
    },
  };
}

/**
 * In steps that may be done again, by any process and by several at once: one that dies half-way is
 * followed by the next look.
 */
async function carryOut(parts: Parts, user: Id, isOver: () => boolean): Promise<void> {
  const { sql } = parts;
  for (const other of await readContactIds(sql, user)) {
    await endContact(parts, user, other);
    if (isOver()) return;
  }
  const emptied = await emptyAccount(sql, user);
  if (emptied !== undefined) await tellOfEnd(parts, user, emptied);
  // Only now, for before that others could go on bringing them into groups.
  for (const group of await readGroupsOfDeleted(sql, user)) {
    if (isOver()) return;
    await leave(parts, user, group);
  }
  await finishDeletion(sql, user);
}

/** By the way that everybody leaves: a group is handed over, and its log says so. */
async function leave(parts: Parts, user: Id, group: Id): Promise<void> {
  try {
    await tellGroup(parts, await removeMember(parts.sql, user, group, user));
  } catch (error) {
    // Another process was faster.
    if (!(error instanceof AppError && error.code === "not-member")) throw error;
  }
}

async function tellOfEnd({ sql, bus }: Parts, user: Id, { asked, peers }: Emptied): Promise<void> {
  const shown = await readUser(sql, user);
  if (shown !== undefined && asked.length > 0) {
    tell(bus, asked, { type: "contact", change: "removed", user: shown });
  }
  for (const { user: peer, conversation: id } of peers) {
    const conversation = await readConversation(sql, peer, id);
    if (conversation !== undefined) tell(bus, [peer], { type: "conversation", conversation });
  }
}

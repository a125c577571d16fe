import type { ServerFrame } from "../lib/protocol/frames.ts";
import type { GroupNews } from "../lib/sql/groups/group_news.ts";
import type { Gate } from "./context.ts";
import { readAudience } from "./audience.ts";
import { tell } from "./tell.ts";

/** Tells what changed in a group, after the commit, to everybody on all their devices. */
export async function tellGroup(
  gate: Pick<Gate, "sql" | "log" | "bus" | "announcer">,
  news: GroupNews,
): Promise<void> {
  const { bus, announcer } = gate;
  const { log, shared, own, came = [], gone } = news;
  const audience = await readAudience(gate, news);
  // Newcomers hear of the group before they hear what is said there.
  for (const { users, conversation } of own) {
    tell(bus, users, { type: "conversation", conversation });
  }
  let newest = 0;
  for (const { message, membersRev } of log) {
    announcer.announce(message, { membersRev, audience, came });
    newest = membersRev;
  }
  const frame: ServerFrame = { type: "conversation", conversation: shared };
  bus.publish({
    kind: "members",
    conversation: shared.id,
    membersRev: newest,
    audience,
    frame: JSON.stringify(frame),
  });
  // Last: from the first of the above on, every node takes its members from after the change.
  if (gone === undefined) return;
  const { user, reason } = gone;
  tell(bus, [user], { type: "conversation.removed", conversation: shared.id, reason });
}

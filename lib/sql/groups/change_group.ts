import type { Conversation, Id, SystemEvent } from "../../protocol/model.ts";
import { appendEvent, type LogChange } from "../append_event.ts";
import { requireOwnPicture } from "../files/own_picture.ts";
import type { Sql } from "../open.ts";
import { type GroupNews, readOwn, readShared } from "./group_news.ts";
import { inGroup } from "./in_group.ts";
import type { Locked } from "./lock_group.ts";
import { membersChanged } from "./members_changed.ts";
import { requireAdmin } from "./rights.ts";

export type GroupChange = {
  title?: string | undefined;
  avatar?: Id | null | undefined;
  announcement?: string | undefined;
  historyVisible?: boolean | undefined;
};

/** The group as `user` sees it then, and news unless it was just that before. */
export type ChangedGroup = { conversation: Conversation; news?: GroupNews };

/** @throws AppError `not-member`, `forbidden`; `not-found` and `invalid` for a picture that it cannot have */
export async function changeGroup(
  sql: Sql,
  user: Id,
  conversation: Id,
  change: GroupChange,
): Promise<ChangedGroup> {
  return await inGroup(sql, conversation, user, async (tx, group): Promise<ChangedGroup> => {
    requireAdmin(group.role);
    const events = eventsOf(user, group, change);
    if (events.length === 0) return { conversation: await readOwn(tx, user, conversation) };
    const {
      title = group.title,
      avatar = group.avatar,
      announcement = group.announcement,
      historyVisible = group.historyVisible,
    } = change;
    // One that it has already may be somebody else's.
    if (avatar !== null && avatar !== group.avatar) await requireOwnPicture(tx, user, avatar);
    await tx`update conversations set title = ${title}, avatar = ${avatar},
      announcement = ${announcement}, history_visible = ${historyVisible}
      where id = ${conversation}`;
    // Who may read what is a part of who is in it.
    if (historyVisible !== group.historyVisible) await membersChanged(tx, conversation);
    const log: LogChange[] = [];
    for (const event of events) log.push(await appendEvent(tx, conversation, event));
    return {
      conversation: await readOwn(tx, user, conversation),
      news: { log, shared: await readShared(tx, conversation), own: [] },
    };
  });
}

/** One for each field that is not what it was. */
function eventsOf(by: Id, group: Locked, change: GroupChange): SystemEvent[] {
  const { title, avatar, announcement, historyVisible: visible } = change;
  const events: SystemEvent[] = [];
  if (title !== undefined && title !== group.title) events.push({ type: "renamed", by, title });
  if (avatar !== undefined && avatar !== group.avatar) events.push({ type: "avatar", by });
  if (announcement !== undefined && announcement !== group.announcement) {
    events.push({ type: "announcement", by, announcement });
  }
  if (visible !== undefined && visible !== group.historyVisible) {
    events.push({ type: "history", by, visible });
  }
  return events;
}

import type { Id, Message, SystemEvent } from "../../lib/protocol/model.ts";
import type { Translate } from "./text.ts";

export type SystemWords = {
  t: Translate;
  me: Id | undefined;
  nameOf(id: Id): string;
  /** Names, as one enumerates them. */
  list(names: readonly string[]): string;
  /** A time in full. */
  time(at: string): string;
};

/** So many are named; how many more there are is said by a number. */
const NAMED = 4;

/** What happened in a conversation. Kinds of events that this page does not know are not hidden. */
export function systemText(words: SystemWords, { event }: Message): string {
  const { t } = words;
  if (event === undefined) return t("thread.changed");
  const by = event.by === words.me ? t("system.you") : words.nameOf(event.by);
  const users = namesOf(words, event);
  switch (event.type) {
    case "created":
      return t("system.created", { by, title: event.title ?? "" });
    case "joined": {
      const alone = event.users === undefined || event.users.every((user) => user === event.by);
      return alone ? t("system.joined", { by }) : t("system.added", { by, users });
    }
    case "left":
      return t("system.left", { by });
    case "removed":
      return t("system.removed", { by, users });
    case "renamed":
      return t("system.renamed", { by, title: event.title ?? "" });
    case "avatar":
      return t("system.avatar", { by });
    case "announcement":
      return event.announcement
        ? t("system.announcement", { by, announcement: event.announcement })
        : t("system.announcement_removed", { by });
    case "history":
      return t(event.visible ? "system.history_shown" : "system.history_hidden", { by });
    case "role":
      return t(`system.role_${event.role ?? "member"}`, { by, users });
    case "silenced":
      return event.until === undefined
        ? t("system.unsilenced", { by, users })
        : t("system.silenced", { by, users, time: words.time(event.until) });
    case "contact":
      return t("thread.now_contacts");
    default:
      return unknown(t, event.type);
  }
}

/** A later server's events have types that this page was not built with. */
function unknown(t: Translate, _type: never): string {
  return t("thread.changed");
}

/** The event itself names only some of many, and says how many they are. */
function namesOf(words: SystemWords, { users = [], count = users.length }: SystemEvent): string {
  const { t, me } = words;
  const shown = count > NAMED + 1 ? users.slice(0, NAMED) : users;
  const names = shown.map((id) => id === me ? t("system.you_object") : words.nameOf(id));
  const rest = count - shown.length;
  return words.list(rest > 0 ? [...names, t("system.others", { count: rest })] : names);
}

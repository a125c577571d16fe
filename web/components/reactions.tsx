import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";

/** Those on a message, each with how many gave it; pressing one gives it or takes it back. */
export function Reactions(
  { message, conversation }: { message: Message; conversation: ConversationView | undefined },
): JSX.Element | null {
  const { client, threads, session, names, dates, t } = usePage();
  const me = session.me.value?.id ?? "";
  const given = Object.entries(message.reactions ?? {});
  if (given.length === 0) return null;
  const { conversation: room, seq } = message;
  return (
    <ul class="reactions" data-testid="reactions">
      {given.map(([emoji, users]) => {
        const own = users.includes(me);
        const label = t("bubble.reacted", {
          emoji,
          count: users.length,
          names: dates.list(users.map((id) => names.look(conversation, id))),
        });
        return (
          <li key={emoji}>
            <button
              type="button"
              class="reaction"
              aria-pressed={own}
              aria-label={label}
              title={label}
              data-testid="reaction"
              data-emoji={emoji}
              onClick={() => threads.of(room).act(client.thread.react(room, seq, emoji, !own))}
            >
              <span class="emoji">{emoji}</span> <span class="reaction-count">{users.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

import type { Client } from "../../client/client.ts";
import type { Id } from "../../lib/protocol/model.ts";

/** What one device shows of one conversation, from one moment to the next. */
export interface Onlooker {
  look(): void;
  /** What is shown may go this often: another history, or another membership. */
  forgive(times: number): void;
}

export function createOnlooker(
  parts: { client: Client; user: Id; room: Id; name: string; breach: (what: string) => void },
): Onlooker {
  const { client, user, room, name, breach } = parts;
  let shown = new Set<Id>();
  let own = new Set<Id>();
  let wasLoaded = false;
  let mayGo = 0;
  return {
    forgive: (times) => mayGo += times,
    look: () => {
      const { messages, pending, loaded } = client.thread.view(room);
      const wrong = (what: string) =>
        breach(
          `${name} in ${room}: ${what}\n  shows ${
            messages.map(({ seq, text }) => `${seq}:${text}`).join(" ")
          } | ${pending.map(({ text, state }) => `${text} ${state}`).join(", ")}`,
        );
      const now = new Set<Id>();
      const mine = new Set<Id>();
      messages.forEach((message, at) => {
        const next = messages[at + 1];
        if (next !== undefined && next.seq !== message.seq + 1) {
          wrong(`${next.seq} is out of order`);
        }
        if (now.has(message.id)) wrong(`${message.seq} is there twice`);
        now.add(message.id);
        if (message.sender === user) mine.add(message.clientId);
      });
      for (const { clientId, text } of pending) {
        if (mine.has(clientId)) wrong(`${text} is there twice`);
        mine.add(clientId);
      }
      const gone = wasLoaded && !loaded
        ? "the thread is"
        : !shown.isSubsetOf(now)
        ? "a message is"
        : loaded && !own.isSubsetOf(mine)
        ? "an own message is"
        : undefined;
      if (gone !== undefined && --mayGo < 0) wrong(`${gone} gone`);
      shown = now;
      own = mine;
      wasLoaded = loaded;
    },
  };
}

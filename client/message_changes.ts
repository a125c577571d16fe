import type { Id, Message } from "../lib/protocol/model.ts";
import type { Request } from "./connection.ts";
import type { Ask } from "./tokens.ts";

/**
 * What happens to a message after it was sent. Nothing is shown before the log says it: these come
 * back to their sender as changes like everybody else's.
 */
export interface MessageChanges {
  edit(conversation: Id, seq: number, text: string): Promise<void>;
  /** One's own within LIMITS.recallWithin; admins at any time, and others' too. */
  recall(conversation: Id, seq: number): Promise<void>;
  react(conversation: Id, seq: number, emoji: string, on: boolean): Promise<void>;
  pin(conversation: Id, seq: number, on: boolean): Promise<void>;
  /** The pinned messages. */
  pins(conversation: Id): Promise<Message[]>;
}

export function createMessageChanges(
  request: Request,
  ask: Ask,
): MessageChanges {
  return {
    edit: async (conversation, seq, text) => {
      await request("message.edit", { conversation, seq, text });
    },
    recall: async (conversation, seq) => {
      await request("message.recall", { conversation, seq });
    },
    react: async (conversation, seq, emoji, on) => {
      await request("message.react", { conversation, seq, emoji, on });
    },
    pin: async (conversation, seq, on) => {
      await request("message.pin", { conversation, seq, on });
    },
    pins: async (conversation) => {
      const path = `/conversations/${conversation}/pins`;
      return (await ask<{ messages: Message[] }>("GET", path)).messages;
    },
  };
}

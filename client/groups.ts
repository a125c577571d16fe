import type { Conversation, ConversationDetails, Id, Role, Time } from "../lib/protocol/model.ts";
import { newClientId } from "./client_id.ts";
import { mayRetry } from "./connection.ts";
import type { Ask } from "./tokens.ts";

export type GroupChange = {
  title?: string;
  avatar?: Id | null;
  announcement?: string;
  historyVisible?: boolean;
};

/** What is done to groups. Who may do what is for the server to say. */
export interface Groups {
  /**
   * Trying again with the same after an `ApiError` that is `retryable` makes no second group: the
   * first try may have made it.
   */
  create(title: string, members: readonly Id[]): Promise<Conversation>;
  change(id: Id, change: GroupChange): Promise<Conversation>;
  addMembers(id: Id, users: readonly Id[]): Promise<void>;
  removeMember(id: Id, user: Id): Promise<void>;
  leave(id: Id): Promise<void>;
  changeRole(id: Id, user: Id, role: Exclude<Role, "owner">): Promise<void>;
  /** Lets somebody only read until then; null lets them write again. */
  silence(id: Id, user: Id, until: Time | null): Promise<void>;
  /** Makes somebody else the owner. */
  transfer(id: Id, user: Id): Promise<void>;
}

export function createGroups(ask: Ask, known: {
  me(): Id;
  add(info: Conversation): void;
  left(id: Id): void;
  /** The members are not who they were. */
  membersChanged(id: Id): void;
}): Groups {
  /** Tries of which nobody knows what became, by what was asked for. */
  const tries = new Map<string, Id>();

  const changeMember = async (id: Id, user: Id, change: object) => {
    await ask("PATCH", `/conversations/${id}/members/${user}`, change);
    known.membersChanged(id);
  };

  return {
    create: async (title, members) => {
      const what = JSON.stringify([title, members]);
      const clientId = tries.get(what) ?? newClientId();
      tries.set(what, clientId);
      try {
        const body = { kind: "group", title, members, clientId };
        const group = await ask<Conversation>("POST", "/conversations", body);
        tries.delete(what);
        known.add(group);
        return group;
      } catch (error) {
        if (!mayRetry(error)) tries.delete(what);
        throw error;
      }
    },
    change: async (id, change) => {
      const group = await ask<Conversation>("PATCH", `/conversations/${id}`, change);
      known.add(group);
      return group;
    },
    addMembers: async (id, users) => {
      await ask<Pick<ConversationDetails, "members">>("POST", `/conversations/${id}/members`, {
        users,
      });
      known.membersChanged(id);
    },
    removeMember: async (id, user) => {
      await ask("DELETE", `/conversations/${id}/members/${user}`);
      known.membersChanged(id);
    },
    leave: async (id) => {
      await ask("DELETE", `/conversations/${id}/members/${known.me()}`);
      known.left(id);
    },
    changeRole: (id, user, role) => changeMember(id, user, { role }),
    silence: (id, user, until) => changeMember(id, user, { silencedUntil: until }),
    transfer: (id, user) => changeMember(id, user, { role: "owner" }),
  };
}

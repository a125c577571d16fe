import type { Conversation, Id, Invite, InvitePreview } from "../lib/protocol/model.ts";
import type { Ask } from "./tokens.ts";

/** Links that let their holders join a group, or become this person's contacts. */
export interface Invites {
  /** `expiresIn` is in seconds. */
  createForGroup(
    group: Id,
    bounds?: { expiresIn?: number; maxUses?: number },
  ): Promise<Invite>;
  /** No link to that group works any more. */
  revokeForGroup(group: Id): Promise<void>;
  createPersonal(): Promise<Invite>;
  revokePersonal(): Promise<void>;
  preview(token: string): Promise<InvitePreview>;
  /** The conversation that one is in by it. */
  accept(token: string): Promise<Conversation>;
}

export function createInvites(ask: Ask, known: { add(info: Conversation): void }): Invites {
  const path = (token: string) => `/invites/${encodeURIComponent(token)}`;
  return {
    createForGroup: (group, bounds = {}) =>
      ask<Invite>("POST", `/conversations/${group}/invites`, bounds),
    revokeForGroup: (group) => ask("DELETE", `/conversations/${group}/invites`),
    createPersonal: () => ask<Invite>("POST", "/me/invites", {}),
    revokePersonal: () => ask("DELETE", "/me/invites"),
    preview: (token) => ask<InvitePreview>("GET", path(token)),
    accept: async (token) => {
      const conversation = await ask<Conversation>("POST", `${path(token)}/accept`, {});
      known.add(conversation);
      return conversation;
    },
  };
}

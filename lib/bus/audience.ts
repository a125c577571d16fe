import type { Id } from "../protocol/model.ts";
import type { Envelope } from "./bus.ts";

/** Up to this many people an envelope names one by one; of more it names the conversation. */
export const NAMED = 16;
/**
 * From this many members on nodes follow a conversation as such. Less than `NAMED`, so that they do
 * already when a group that grows one by one comes to be named; of one that grows at once all hear.
 */
export const FOLLOWED = 9;

/** What a node wants to hear of: somebody who is connected there, or a group of such people. */
export type Topic = `user.${Id}` | `group.${Id}`;

/** Whom an envelope about a conversation has to reach; others may hear it as well. */
export type Audience =
  | "all"
  | {
    /** All members where they are few; in a larger group those who have just come. */
    readonly users: readonly Id[];
    /** Also whoever follows the conversation. */
    readonly group?: true;
  };

/** The audience of what is said among `members`. */
export function audienceAmong(members: ReadonlyMap<Id, unknown>): Audience {
  return members.size > NAMED ? { users: [], group: true } : { users: [...members.keys()] };
}

export function userTopic(user: Id): Topic {
  return `user.${user}`;
}

export function groupTopic(conversation: Id): Topic {
  return `group.${conversation}`;
}

/** The topics that an envelope is published under; undefined: it goes to every node. */
export function topicsOf(envelope: Envelope): Topic[] | undefined {
  switch (envelope.kind) {
    case "log":
    case "members": {
      const { audience, conversation } = envelope;
      if (audience === "all") return undefined;
      const topics = audience.users.map(userTopic);
      if (audience.group) topics.push(groupTopic(conversation));
      return topics;
    }
    case "people":
      return envelope.users.length > NAMED ? undefined : envelope.users.map(userTopic);
    default:
      return undefined;
  }
}

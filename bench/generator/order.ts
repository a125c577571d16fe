/** What the bench tells the load generator to do, and what that answers. */
import type { Id } from "../../lib/protocol/model.ts";
import type { Address } from "./wire.ts";

export type LoadPerson = { user: Id; username: string; accessToken: string };
export type LoadConversation = { id: Id; members: number[] };

export type Load =
  /** W1: everyone is connected and silent. */
  | { kind: "idle" }
  /** W3: the first `senders` members of the one group each keep one message under way. */
  | { kind: "group"; senders: number }
  /** W4: everyone keeps one message to their only contact under way. */
  | { kind: "saturated" }
  /** W4: messages of people who take turns, at a rate that does not wait for the server. */
  | { kind: "paced"; perSecond: number }
  /** W5: sign in by name and password until ready, one after the other. */
  | { kind: "sign-in"; password: string; times: number }
  /** W5: everyone is cut off at once, and comes back at once to `missed` new messages. */
  | { kind: "reconnect"; missed: number }
  /** W6: everyone keeps reading pages of their conversation, whose log has `length` messages. */
  | { kind: "sync" | "history"; length: number };

export type Order = {
  address: Address;
  /** Further addresses, where people come in by turns. */
  gates?: readonly Address[];
  /** Whether those of a conversation are all at different isolates. */
  apart?: boolean;
  /** Whether a connection takes a ticket; a bare relay knows none. */
  tickets: boolean;
  people: LoadPerson[];
  conversations: LoadConversation[];
  load: Load;
  /** Of the part that is measured, and before it. */
  seconds: number;
  warmUpSeconds: number;
};

/** The conversation that each person sits in, by the person's place. */
export function conversationsOf({ people, conversations }: Order): readonly LoadConversation[] {
  const seats: LoadConversation[] = new Array(people.length);
  for (const conversation of conversations) {
    for (const member of conversation.members) seats[member] = conversation;
  }
  return seats;
}

/** Milliseconds. */
export type Latency = { p50: number; p99: number; max: number };

export type Outcome = {
  /** Of the measured part. */
  seconds: number;
  /** What was done in it: messages acknowledged, pages read, connections made … */
  units: number;
  /** Those that people were at, where those of a conversation are apart. */
  isolates?: string[];
  /** What arrived at others in it. */
  delivered: number;
  latency: Latency | undefined;
  delivery: Latency | undefined;
  /** Acknowledged, and not seen by everyone in the end. */
  lost: number;
  /** Seen more often than once. */
  doubled: number;
  /** Answers and closings that nobody should get. */
  errors: number;
  /** The busiest pair's messages over the idlest one's, where pairs compete. */
  unfairness: number | undefined;
  firstError: string | undefined;
};

/** Lines that the generator prints, so that others know what to measure. */
export type Phase =
  | { phase: "connected" }
  | { phase: "measuring" }
  | { phase: "measured" }
  | { phase: "done"; outcome: Outcome };

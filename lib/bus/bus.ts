import type { Id, Presence } from "../protocol/model.ts";
import type { Audience, Topic } from "./audience.ts";

/** A message was appended to a conversation's log, or changed. The frame is serialised once. */
export type LogEnvelope = {
  kind: "log";
  conversation: Id;
  /** Of the message. */
  seq: number;
  rev: number;
  /** The version of the membership that the change was made under. */
  membersRev: number;
  audience: Audience;
  /** Who became a member by this, so that their nodes know. */
  came?: readonly Id[];
  /** The connection that is answered instead of being told. */
  spare?: string;
  frame: string;
};

/** For everyone in a conversation, outside its log: lost when it is lost. */
export type MembersEnvelope = {
  kind: "members";
  conversation: Id;
  membersRev: number;
  audience: Audience;
  frame: string;
};

/** For all sessions of some people. */
export type PeopleEnvelope = { kind: "people"; users: readonly Id[]; frame: string };

export type SessionEndedEnvelope = { kind: "session-ended"; session: Id; reason: string };

/** How some people are now, for whoever watches them. Of two about one person the greater version is later. */
export type PresenceEnvelope = {
  kind: "presence";
  changes: readonly (Presence & { version: string })[];
};

/** Two people became contacts, or stopped being that, or one blocks the other, or no longer. */
export type RelationEnvelope = { kind: "relation"; between: readonly [Id, Id] };

/**
 * What an origin published since its last digest. It is sent every second, also when nothing
 * happened, so that a hub notices a loss without knowing what there was to hear.
 */
export type DigestEnvelope = {
  kind: "digest";
  origin: string;
  /** Random at each start of the origin. */
  epoch: string;
  /** 1, 2, 3 … within an epoch. */
  number: number;
  /** Conversation and the highest `rev` published. */
  revs: readonly (readonly [Id, number])[];
  /** Conversation, and who became a member: it is news to a node that did not follow it. */
  came: readonly (readonly [Id, Id])[];
};

export type Envelope =
  | LogEnvelope
  | MembersEnvelope
  | PeopleEnvelope
  | SessionEndedEnvelope
  | PresenceEnvelope
  | RelationEnvelope
  | DigestEnvelope;

export interface BusListener {
  envelope(envelope: Envelope): void;
  /** The bus was away or slow, and is back: anything may have been missed. */
  reconnected(): void;
}

/** What a listener hears from the others: what goes to everybody, and what it is interested in. */
export interface Subscription extends Disposable {
  /**
   * Resolves when what is published from now on under this topic will be heard. It neither rejects
   * nor hangs: while the bus is away or slow it resolves all the same, for `reconnected` follows.
   * @returns undefined where it has been heard all along
   */
  add(topic: Topic): Promise<void> | undefined;
  remove(topic: Topic): void;
}

/**
 * Carries envelopes between nodes, at most once: an envelope may be lost, never doubled, and those
 * of one publisher arrive in order, whatever their topics.
 */
export interface Bus extends AsyncDisposable {
  /** Whether others are reached at this moment. Absent where that cannot be otherwise. */
  readonly connected?: boolean;
  /**
   * Reaches soon every listener that is interested, and those of this node in any case; where a
   * driver cannot tell, others as well. Never throws.
   */
  publish(envelope: Envelope): void;
  /** Resolves when what is published from now on to everybody will be heard. */
  subscribe(listener: BusListener): Promise<Subscription>;
}

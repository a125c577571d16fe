import type { Id, Presence } from "../protocol/model.ts";

/** A message was appended to a conversation's log, or changed. The frame is serialised once. */
export type LogEnvelope = {
  kind: "log";
  conversation: Id;
  /** Of the message. */
  seq: number;
  rev: number;
  /** The version of the membership that the change was made under. */
  membersRev: number;
  /** The connection that is answered instead of being told. */
  spare?: string;
  frame: string;
};

/** For everyone in a conversation, outside its log: lost when it is lost. */
export type MembersEnvelope = {
  kind: "members";
  conversation: Id;
  membersRev: number;
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
  /** The bus was away and is back: anything may have been missed. */
  reconnected(): void;
}

/**
 * Carries envelopes between nodes, at most once: an envelope may be lost, never doubled, and those
 * of one publisher arrive in order.
 */
export interface Bus extends AsyncDisposable {
  /** Reaches every listener of every node, this one's included, soon; never throws. */
  publish(envelope: Envelope): void;
  /** Resolves when envelopes that are published from now on will be heard. */
  subscribe(listener: BusListener): Promise<Disposable>;
}

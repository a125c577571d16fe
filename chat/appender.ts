import type { Announcer } from "../lib/bus/announcer.ts";
import type { AppError } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Answers } from "../lib/protocol/frames.ts";
import type { Id, Message } from "../lib/protocol/model.ts";
import type { AppendEntry } from "../lib/sql/append.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Timers } from "../lib/timers.ts";
import { createLane, type Job, type Stored } from "./lane.ts";
import type { Memberships } from "./memberships.ts";

export type Submission = {
  conversation: Id;
  sender: Id;
  clientId: Id;
  text: string;
  replyTo?: number | undefined;
  mentions?: readonly Id[] | undefined;
  /** The connection that is answered, and so not told. */
  connection: string;
};

export type Appended = Answers["message.send"];

/** Makes messages durable and only then tells anyone. */
export interface Appender {
  /**
   * Resolves after the commit. Submissions to one conversation are stored in the order of the calls.
   * Rejects with an AppError.
   */
  append(submission: Submission): Promise<Appended>;
}

export function createAppender(parts: {
  store: Pick<ChatStore, "lanes" | "readMessages">;
  memberships: Memberships;
  announcer: Announcer;
  log: Log;
  timers: Timers;
}): Appender {
  const { store, memberships, announcer, log, timers } = parts;
  const lanes = store.lanes.map((append) => createLane({ append, memberships, log, timers }));

  return {
    append: (submission) => {
      const lane = lanes[laneOf(submission.conversation, lanes.length)];
      if (lane === undefined) throw new Error("the appender has no lanes");
      const entry = entryOf(submission);
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      const job: Job = {
        entry,
        failed: (error: AppError) => reject(error),
        stored: (row, { membersRev }) => {
          const duplicate = row.outcome === "duplicate";
          resolve({ id: row.id, seq: row.seq, rev: row.rev, at: row.at, duplicate });
          if (!duplicate) {
            announcer.announce(messageOf(entry, row), membersRev, submission.connection);
            return;
          }
          // Its first node may have died between the commit and telling anyone.
          store.readMessages([{ conversation: entry.conversation, seq: row.seq }])
            .then((messages) => {
              for (const message of messages) {
                announcer.announce(message, membersRev, submission.connection);
              }
            })
            .catch((error) => log.warn("append.duplicate-not-announced", { error }));
        },
      };
      lane.add(job);
      return promise;
    },
  };
}

/** A conversation always has the same lane. The end of a version 7 UUID is random. */
function laneOf(conversation: Id, count: number): number {
  return parseInt(conversation.slice(-8), 16) % count;
}

function entryOf(submission: Submission): AppendEntry {
  const { conversation, sender, clientId, text, replyTo, mentions } = submission;
  return {
    id: newId(),
    conversation,
    sender,
    clientId,
    kind: "text",
    text,
    replyTo,
    mentions,
  };
}

function messageOf(entry: AppendEntry, row: Stored): Message {
  return {
    id: row.id,
    conversation: entry.conversation,
    seq: row.seq,
    rev: row.rev,
    sender: entry.sender,
    clientId: entry.clientId,
    kind: entry.kind,
    text: entry.text,
    ...(entry.replyTo !== undefined && { replyTo: entry.replyTo }),
    ...(entry.mentions !== undefined && { mentions: [...entry.mentions] }),
    at: row.at,
  };
}

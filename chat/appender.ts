import type { Addressed, Announcer } from "../lib/bus/announcer.ts";
import { audienceAmong } from "../lib/bus/audience.ts";
import type { Clock } from "../lib/clock.ts";
import type { AppError } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Answers } from "../lib/protocol/frames.ts";
import type { Id, Message } from "../lib/protocol/model.ts";
import type { AppendEntry } from "../lib/sql/append.ts";
import type { ChangeAction } from "../lib/sql/change.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Membership } from "../lib/sql/members.ts";
import type { Timers } from "../lib/timers.ts";
import type { AppendJob, ChangeJob, Stored } from "./job.ts";
import { createLane, type Lane } from "./lane.ts";
import type { Memberships } from "./memberships.ts";
import { untilReachable } from "./until_reachable.ts";

export type Submission = {
  conversation: Id;
  sender: Id;
  clientId: Id;
  text: string;
  replyTo?: number | undefined;
  mentions?: readonly Id[] | undefined;
  mentionsAll?: true | undefined;
  /** Ids of files, none twice. */
  attachments?: readonly Id[] | undefined;
  /** The connection that is answered, and so not told. */
  connection: string;
};

export type Appended = Answers["message.send"];

/** What a person does to a message that is in the log. */
export type MessageChange = { conversation: Id; seq: number; person: Id; action: ChangeAction };

/** Makes messages, and changes of them, durable and only then tells anyone. */
export interface Appender {
  /**
   * Resolves after the commit. Submissions to one conversation are stored in the order of the calls.
   * Rejects with an AppError.
   */
  append(submission: Submission): Promise<Appended>;
  /**
   * Resolves after the commit with the revision of the message's latest change. Keeps its place
   * among the submissions to its conversation. Rejects with an AppError.
   */
  change(change: MessageChange): Promise<{ rev: number }>;
}

export function createAppender(parts: {
  store: Pick<ChatStore, "lanes" | "readMessages">;
  memberships: Memberships;
  announcer: Announcer;
  clock: Clock;
  log: Log;
  timers: Timers;
}): Appender {
  const { store, memberships, announcer, clock, log, timers } = parts;
  const lanes = store.lanes.map((lane) =>
    createLane({ store: lane, memberships, clock, log, timers })
  );

  const laneOf = (conversation: Id): Lane => {
    const lane = lanes[placeOf(conversation, lanes.length)];
    if (lane === undefined) throw new Error("the appender has no lanes");
    return lane;
  };

  return {
    append: (submission) => {
      const entry = entryOf(submission);
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      const job: AppendJob = {
        kind: "append",
        conversation: entry.conversation,
        person: entry.sender,
        entry,
        failed: (error: AppError) => reject(error),
        stored: (row, membership) => {
          const { outcome, attachments: _, ...answer } = row;
          resolve({ ...answer, duplicate: outcome === "duplicate" });
          if (outcome === "stored") {
            const message = messageOf(entry, row);
            announcer.announce(message, addressedTo(membership), submission.connection);
            return;
          }
          // Its first node, or run, may have ended between the commit and telling anyone. It is told
          // as it is now: it may have been edited or recalled since.
          const position = { conversation: entry.conversation, seq: row.seq };
          untilReachable(timers, () => store.readMessages([position]))
            .then((messages) => {
              for (const message of messages) {
                announcer.announce(message, addressedTo(membership), submission.connection);
              }
            })
            .catch((error) => log.warn("append.duplicate-not-announced", { error }));
        },
      };
      laneOf(submission.conversation).add(job);
      return promise;
    },
    change: (change) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ rev: number }>();
      const job: ChangeJob = {
        kind: "change",
        ...change,
        failed: (error: AppError) => reject(error),
        changed: ({ outcome, message }, membership, repeated) => {
          resolve({ rev: message.rev });
          // Where nothing changed everybody knows it, unless an earlier run did it unheard.
          if (outcome === "changed" || repeated) {
            announcer.announce(message, addressedTo(membership));
          }
        },
      };
      laneOf(change.conversation).add(job);
      return promise;
    },
  };
}

function addressedTo({ membersRev, members }: Membership): Addressed {
  return { membersRev, audience: audienceAmong(members) };
}

/** A conversation always has the same lane. The end of a version 7 UUID is random. */
function placeOf(conversation: Id, count: number): number {
  return parseInt(conversation.slice(-8), 16) % count;
}

function entryOf(submission: Submission): AppendEntry {
  const { conversation, sender, clientId, text, replyTo, mentions, mentionsAll, attachments } =
    submission;
  return {
    id: newId(),
    conversation,
    sender,
    clientId,
    kind: attachments !== undefined && text === "" ? "file" : "text",
    text,
    replyTo,
    mentions,
    mentionsAll,
    attachments,
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
    ...(entry.mentionsAll !== undefined && { mentionsAll: entry.mentionsAll }),
    ...(row.attachments !== undefined && { attachments: row.attachments }),
    at: row.at,
  };
}

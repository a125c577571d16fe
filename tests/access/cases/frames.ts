/** What frames ask for, for the rows of the matrix. */
import { newId } from "../../../lib/ids.ts";
import type { Id } from "../../../lib/protocol/model.ts";
import type { Body } from "../../support/api_server.ts";
import type { Case, Cases, FrameAsk } from "../ask.ts";
import type { Kind, World } from "../world.ts";
import { firstShown, silenceAll } from "./conversation_routes.ts";
import { inEach } from "./places.ts";

type Fields = (conversation: Id, world: World, me: Kind) => FrameAsk;

function send(conversation: Id, more: object = {}): FrameAsk {
  return { conversation, clientId: newId(), kind: "text", text: "hello", ...more };
}

/** Sent in the group, with a file that somebody may have different reasons to read. */
function withFile(
  what: string,
  name: Exclude<keyof World["files"], "own">,
): Record<string, Case<FrameAsk>> {
  return { [what]: { ask: ({ group, files }) => send(group, { attachments: [files[name]] }) } };
}

/** Done to a message of the group. */
function to(seq: (seqs: World["seqs"], me: Kind) => number, more: object): Case<FrameAsk> {
  return {
    ask: ({ group, seqs }, me) => ({ conversation: group, seq: seq(seqs, me), ...more }),
  };
}

const ownSeq = (seqs: World["seqs"], me: Kind) =>
  me === "owner" ? seqs.ofOwner : me === "admin" ? seqs.ofAdmin : seqs.ofMember;

function firstState({ presence }: Body): string {
  return String(presence?.[0]?.state);
}

/** What can be done to a message, wherever it is. */
function toMessages(more: object): Record<string, Case<FrameAsk>> {
  const own = to(ownSeq, more);
  return {
    "one's own": own,
    "one's own, silenced": { ...own, arrange: silenceAll },
    "another's": to(({ ofOther }) => ofOther, more),
    "from before the member came": to(({ unseen }) => unseen, more),
    "that is not there": to(({ none }) => none, more),
    "a system message": to(({ joined }) => joined, more),
    // In both conversations the owner said the second, and the other person the third.
    "one's own between owner and contact": {
      ask: ({ direct }, me) => ({ conversation: direct, seq: me === "owner" ? 2 : 3, ...more }),
    },
    "the other's between owner and contact": {
      ask: ({ direct }, me) => ({ conversation: direct, seq: me === "owner" ? 3 : 2, ...more }),
    },
    "one's own between owner and blocked": {
      ask: ({ closed }, me) => ({ conversation: closed, seq: me === "owner" ? 2 : 3, ...more }),
    },
  };
}

const typing: Fields = (conversation) => ({ conversation, on: true });
const receipt: Fields = (conversation) => ({ conversation, seq: 3 });

export const frameCases: Cases<FrameAsk> = {
  "message.send": {
    ...inEach("a text", (id) => send(id)),
    "a text in the group, silenced": { arrange: silenceAll, ask: ({ group }) => send(group) },
    "a reply": { ask: ({ group, seqs }) => send(group, { replyTo: seqs.ofOwner }) },
    "a reply to one from before the member came": {
      ask: ({ group, seqs }) => send(group, { replyTo: seqs.unseen }),
    },
    "a reply to one that is not there": {
      ask: ({ group, seqs }) => send(group, { replyTo: seqs.none }),
    },
    "one's own file": {
      ask: ({ group, files }, me) => send(group, { text: "", attachments: [files.own[me]] }),
    },
    "one's own file between owner and contact": {
      ask: ({ direct, files }, me) => send(direct, { text: "", attachments: [files.own[me]] }),
    },
    "a file sent in the group, on to owner and contact": {
      ask: ({ direct, files }) => send(direct, { attachments: [files.sent] }),
    },
    ...withFile("a file sent in the group", "sent"),
    ...withFile("a file sent in the group before the member came", "unseen"),
    ...withFile("a file sent in the group by the ex-member", "exMembers"),
    ...withFile("a file sent between owner and contact", "direct"),
    ...withFile("a file that the owner sent and recalled", "recalled"),
    ...withFile("a file that the admin let go of", "letGo"),
    ...withFile("what somebody looks like", "portrait"),
    ...withFile("what the group looks like", "groupPicture"),
    "one's own file and one that is not there": {
      ask: ({ group, files }, me) => send(group, { attachments: [files.own[me], newId()] }),
    },
    "one's own file, silenced": {
      arrange: silenceAll,
      ask: ({ group, files }, me) => send(group, { attachments: [files.own[me]] }),
    },
    "a mention of everybody": { ask: ({ group }) => send(group, { mentionsAll: true }) },
    "a mention of everybody between owner and contact": {
      ask: ({ direct }) => send(direct, { mentionsAll: true }),
    },
  },
  "message.edit": toMessages({ text: "another text" }),
  "message.recall": toMessages({}),
  "message.react": toMessages({ emoji: "👍", on: true }),
  "message.pin": {
    ...toMessages({ on: true }),
    // That one is pinned.
    "from before the member came": to(({ unseen }) => unseen, { on: false }),
    "one's own, silenced": {
      arrange: silenceAll,
      ...to(({ ofOther }) => ofOther, { on: true }),
    },
    "one's own": to(({ ofMember }) => ofMember, { on: true }),
  },
  "conversation.sync": inEach("changes", (conversation) => ({ conversation, since: 0 }), {
    shows: firstShown,
  }),
  "conversation.history": inEach("messages", (conversation) => ({ conversation }), {
    shows: firstShown,
  }),
  "receipt.read": inEach("up to the third", receipt, { heard: true }),
  "receipt.delivered": inEach("up to the third", receipt, { heard: true }),
  "typing": {
    ...inEach("on", typing, { heard: true }),
    "on in the group, silenced": {
      arrange: silenceAll,
      ask: ({ group }) => ({ conversation: group, on: true }),
      heard: true,
    },
  },
  "presence.set": { "": { ask: () => ({ state: "online" }) } },
  "presence.watch": {
    "the owner": { ask: ({ people }) => ({ users: [people.owner] }), shows: firstState },
    "nobody that exists": { ask: () => ({ users: [newId()] }), shows: firstState },
  },
  "ping": { "": { ask: () => ({}) } },
};

/**
 * Shows that the simulation can fail: takes guards out of a copy of the client and of the server,
 * one at a time, and expects some schedule to notice.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createRunsAhead, type Guard, testWithout } from "../support/guards.ts";
import { schedules } from "./schedule.ts";
import { simulate } from "./simulation.ts";

/** The seed is fixed, so that the schedules are the same every time: one of them has to fail. */
const BUDGET = { numRuns: 1_500, seed: 1 };

Deno.test("with every guard in its place, the same schedules pass", async () => {
  await fc.assert(fc.asyncProperty(schedules, simulate), { ...BUDGET, endOnFailure: true });
});

const guards: readonly (Guard & { what: string })[] = [
  {
    what: "the client asks for a revision that does not come",
    file: "client/conversation_log.ts",
    code: "else if (held.size > 0) gap ??= timers.after(GAP_PATIENCE, () => void sync());",
    without: "",
  },
  {
    what: "the client asks for what a head is ahead",
    file: "client/conversation_log.ts",
    code: "if (target > cursor) void sync();",
    without: "if (target > cursor) void 0;",
  },
  {
    what: "the client holds a revision that comes too early",
    file: "client/conversation_log.ts",
    code: "if (rev > cursor + 1) break;",
    without: "",
  },
  {
    what: "a thread begins behind what never comes",
    file: "client/conversation_log.ts",
    code: "    first = start;\n    hasOlder = true;",
    without: "",
  },
  {
    what: "an answer moves the cursor as the event would, which the sender does not get",
    file: "client/account.ts",
    code: `{ type: "message", message: { ...sent, sender: me.id } }`,
    without: `{ type: "resync" }`,
  },
  {
    what: "one's own message is known by its clientId",
    file: "client/account.ts",
    code: "if (sender === me.id) outbox.confirm(clientId);",
    without: "if (sender === me.id) continue;",
  },
  {
    what: "an acknowledged message stays until the log has come so far",
    file: "client/account.ts",
    code: "outbox.reached(conversation, conversations.log(conversation)?.cursor() ?? rev);",
    without: "outbox.confirm(send.clientId);",
  },
  {
    what: "another epoch is another history",
    file: "client/conversations.ts",
    code: "epoch !== undefined && epoch !== frame.epoch",
    without: "false",
  },
  {
    what: "one message per conversation waits for its answer",
    file: "client/outbox.ts",
    code: `queue.some((entry) => entry.inFlight)) return;
    const entry = queue.find((each) => each.state === "sending" &&`,
    without: `false) return;
    const entry = queue.find((each) => each.state === "sending" && !each.inFlight &&`,
  },
  {
    what: "messages are sent in the order in which they were written",
    file: "client/outbox.ts",
    code: ".sort((a, b) => a.order - b.order);",
    without: ".sort((a, b) => b.order - a.order);",
  },
  {
    what: "a message is stored before it counts as sent",
    file: "client/outbox.ts",
    code: "await storage.put(account, { ...plain(entry), order: entry.order });",
    without: "",
  },
  {
    what: "one's own messages are not unread",
    file: "client/unread.ts",
    code: "sender !== me && ",
    without: "",
  },
  {
    what: "the hub reads the members anew for a newer version",
    file: "chat/hub.ts",
    code: "known.membersRev >= envelope.membersRev",
    without: "known.membersRev >= 0",
  },
  {
    what: "the hub shows nobody what was said before they came",
    file: "chat/hub.ts",
    code: "envelope.seq > visibleAfterOf(membership, member)",
    without: "envelope.seq > 0",
  },
  {
    what: "a digest is compared with what was heard",
    file: "chat/digest_reader.ts",
    code: "heardRev(conversation) < rev",
    without: "heardRev(conversation) < rev && rev < 0",
  },
  {
    what: "a missing digest says that something was lost",
    file: "chat/digest_reader.ts",
    code: "known.number + 1 !== number",
    without: "false",
  },
  {
    what: "the session is checked again when its connection begins",
    file: "chat/connect.ts",
    code: "await store.readStart(session.session);",
    without: `await store.readStart(session.session) ?? { epoch: "none", heads: [], large: [] };`,
  },
  {
    what: "ended sessions are asked for, in case the bus lost the news",
    file: "chat/ended_sessions.ts",
    code: "for (const session of ended.sessions) end(session);",
    without: "",
  },
  {
    what: "a conversation always has the same lane",
    file: "chat/appender.ts",
    code: "laneOf(submission.conversation)",
    without: "laneOf(submission.clientId)",
  },
  {
    what: "a lane repeats what may have been stored",
    file: "chat/lane.ts",
    code: `if (next === "unknown") {`,
    without: `if (next === ("none" as string)) {`,
  },
];

const outputOf = createRunsAhead(guards, (guard) =>
  testWithout(guard, {
    path: "tests/simulation/simulation_test.ts",
    args: [`--runs=${BUDGET.numRuns}`, `--seed=${BUDGET.seed}`, "--shrink=no"],
  }));

for (const guard of guards) {
  Deno.test({
    name: `without the guard in ${guard.file}, a schedule fails: ${guard.what}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => assert.match(await outputOf(guard), /which is replayed by/),
  });
}

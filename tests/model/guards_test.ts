/**
 * Shows that the model's test can fail: takes guards out of a copy of the code, one at a time, and
 * expects what people do by chance to notice.
 */
import assert from "node:assert/strict";
import { createRunsAhead, type Guard, testWithout } from "../support/guards.ts";

const guards: readonly (Guard & { what: string })[] = [
  {
    what: "an admin does nothing to another admin",
    file: "lib/sql/groups/rights.ts",
    code: `if (role !== "owner" && other !== "member") {`,
    without: `if (role === "member") {`,
  },
  {
    what: "an invitation works as often as it says",
    file: "lib/sql/invites.ts",
    code: "(i.max_uses is null or i.uses < i.max_uses)",
    without: "(i.max_uses is null or i.uses <= i.max_uses + 1000)",
  },
  {
    what: "nobody writes to somebody who is no contact any more",
    file: "chat/job.ts",
    code: "if (!membership.open) return notDelivered();",
    without: "if (!membership.open && job.person === job.conversation) return notDelivered();",
  },
  {
    what: "a retry is answered as its first try was",
    file: "chat/lane.ts",
    code: `.filter((job) => refused.get(job)?.code !== "not-member");`,
    without: ".filter(() => false);",
  },
  {
    what: "who came later is not shown what happens to what was said before",
    file: "chat/hub.ts",
    code: "envelope.seq > visibleAfterOf(membership, member)",
    without: "envelope.seq > 0",
  },
  {
    what: "what was taken back is not unread",
    file: "lib/sql/unread.ts",
    code: "(other.kind = 'system' or other.recalled_at is not null)",
    without: "(other.kind = 'system')",
  },
  {
    what: "what the log itself says is not unread in the client",
    file: "client/unread.ts",
    code: `return sender !== me && kind !== "system";`,
    without: "return sender !== me && kind !== null;",
  },
];

const outputOf = createRunsAhead(guards, (guard) =>
  testWithout(guard, {
    path: "tests/model/model_test.ts",
    // In one process: the copy has no permissions of its own.
    args: [
      "--operations=2500",
      "--seed=1",
      "--database=embedded",
      "--shrink=no",
      "--server=inside",
    ],
  }));

for (const guard of guards) {
  Deno.test({
    name: `without the guard in ${guard.file}, the server and the model part ways: ${guard.what}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const output = await outputOf(guard);
      assert.match(output, /replayed by/, output);
    },
  });
}

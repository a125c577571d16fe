/**
 * Shows that the tests of groups and invitations can fail: takes each guard against what happens at
 * the same moment out of a copy of the code and expects its test to notice. On a real server, which
 * alone lets two transactions overlap.
 */
import { assertFailed, createRunsAhead, type Guard, testWithout } from "../../../support/guards.ts";
import { findPostgres } from "../../../support/postgres_server.ts";

type Tested = Guard & { suite: string; test: string };

const guards: readonly Tested[] = [
  {
    suite: "groups/lock_group_test.ts",
    test: "lockGroup waits for a change under way",
    file: "lib/sql/groups/lock_group.ts",
    code: " for no key update`",
    without: "`",
  },
  {
    suite: "groups/lock_group_test.ts",
    test: "inGroup lets no stranger wait for a group, or hold it up",
    file: "lib/sql/groups/in_group.ts",
    code: "  await requireRole(sql, id, user);\n",
    without: "",
  },
  {
    suite: "groups/lock_group_test.ts",
    test: "inGroup lets no stranger wait for a group, or hold it up",
    file: "lib/sql/accept_invite.ts",
    code: "  if (!works) throw inviteGone();\n",
    without: "",
  },
  {
    suite: "groups/lock_group_test.ts",
    test: "handing a group over holds nobody's row while it waits for another",
    file: "lib/sql/groups/change_member.ts",
    code: "    await lockMembers(tx, conversation, [owner, target.user.id]);\n",
    without: "",
  },
  {
    suite: "groups/lock_group_test.ts",
    test: "handing a group over holds nobody's row while it waits for another",
    file: "lib/sql/groups/remove_member.ts",
    code: "    if (heir !== undefined) await lockMembers(tx, conversation, [user, heir]);\n",
    without: "",
  },
  {
    suite: "groups/lock_group_test.ts",
    test: "changes of one group leave the pool to everybody else",
    file: "lib/sql/in_turn.ts",
    code: "await pool.take(id, task)",
    without: "await task()",
  },
  {
    suite: "groups/add_members_test.ts",
    test: "addMembers refuses the 5,001st",
    file: "lib/sql/groups/members_changed.ts",
    code: "row.memberCount > LIMITS.groupMembers",
    without: "row.memberCount < 0",
  },
  {
    suite: "groups/remove_member_test.ts",
    test: "removeMember says it to those who are left",
    file: "lib/sql/groups/members_changed.ts",
    code: "members_rev = members_rev + 1,",
    without: "",
  },
  {
    suite: "groups/create_group_test.ts",
    test: "createGroup makes one group of retries",
    file: "lib/sql/past_collisions.ts",
    code: "collisions >= MAX_COLLISIONS",
    without: "collisions >= 0",
  },
  {
    suite: "invites_test.ts",
    test: "acceptInvite makes as many contacts as it may",
    file: "lib/sql/invites.ts",
    code: "where hash = ${hash} and ${works(sql)} returning hash",
    without: "where hash = ${hash} returning hash",
  },
];

const outputOf = createRunsAhead(
  guards,
  ({ suite, test, ...guard }) =>
    testWithout(guard, { path: `tests/lib/sql/${suite}`, options: ["--filter", test] }),
);

for (const guard of guards) {
  const { test, file } = guard;
  Deno.test({
    name: `without the guard in ${file}, the test fails: ${test}`,
    ignore: findPostgres() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const output = await outputOf(guard);
      assertFailed(output, test, "[postgresql]");
    },
  });
}

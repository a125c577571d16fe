/**
 * Shows that the tests of the bus, and of who hears what, can fail: takes each guard out of a copy of
 * the code and expects its test to notice.
 */
import { assertFailed, type Guard, testWithout } from "../../support/guards.ts";
import { findNats } from "../../support/nats_server.ts";

type Tested = Guard & { suite: string; test: string; needsNats?: true };

const guards: readonly Tested[] = [
  {
    suite: "tests/contract/bus_test.ts",
    test: "NATS bus hands over once what is for several that a node is interested in",
    needsNats: true,
    file: "lib/bus/copies.ts",
    code: "if (before !== undefined && number <= before) return false;",
    without: "",
  },
  {
    suite: "tests/lib/bus/nats_bus_test.ts",
    test: "openNatsBus says that something may have been lost where an interest is confirmed late",
    needsNats: true,
    file: "lib/bus/nats_bus.ts",
    code: "if (late && !closed) tellAll();",
    without: "",
  },
  {
    suite: "tests/chat/digest_reader_test.ts",
    test: "createDigestReader asks every five seconds as long as a silent origin has its lease",
    file: "chat/digest_reader.ts",
    code: "const pause = leased ? RECHECK_EVERY : ",
    without: "const pause = ",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub sends heads and resync when anything may be lost, until it worked",
    file: "chat/losses.ts",
    code: "losses.forEach(owe);",
    without: "",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub sends heads and resync when anything may be lost, until it worked",
    file: "chat/losses.ts",
    code: "since: Math.min(loss.since, anything?.since ?? Infinity),",
    without: "since: loss.since,",
  },
  {
    suite: "tests/lib/bus/nats_bus_test.ts",
    test: "openNatsBus gives a server that takes nothing any more a bounded amount",
    needsNats: true,
    file: "lib/bus/window.ts",
    code: "if (sent + bytes - arrived > MOST) return false;",
    without: "",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub has those who arrive look again at what a digest is ahead in",
    file: "chat/hub.ts",
    code: "interest.missed(foreign);",
    without: "",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub has those who arrive look again at what was said in a group",
    file: "chat/hub.ts",
    code: "interest.missed([conversation]);",
    without: "{ /* nobody is told */ }",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub hears of who came by the log, and by the digest where that was lost",
    file: "chat/hub.ts",
    code: "filter(([conversation, user]) => interest.joined(user, conversation))",
    without: "filter(() => false)",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub hears of who came by the log, and by the digest where that was lost",
    file: "chat/hub.ts",
    code: "if (byUser.has(user)) behind.add(conversation);",
    without: "",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub asks what was said since somebody came, where the log is the first to say so",
    file: "chat/hub.ts",
    code: "const behind = newTo(came.map((user) => [conversation, user]));",
    without: "newTo(came.map((user) => [conversation, user])); const behind = new Set<Id>();",
  },
  {
    suite: "tests/chat/interest_test.ts",
    test: "createInterest has those groups read again that were not heard yet",
    file: "chat/interest.ts",
    code: "again.add(conversation);",
    without: "",
  },
  {
    suite: "tests/chat/hub_test.ts",
    test: "createHub learns who belongs to it from whom it hands something to",
    file: "chat/hub.ts",
    code: "interest.joined(user, conversation);",
    without: "",
  },
  {
    suite: "tests/chat/interest_test.ts",
    test: "createInterest forgets what the database knows of nobody here, unless there was news",
    file: "chat/interest.ts",
    code: " || known.saidSo > before",
    without: "",
  },
];

for (const { suite, test, needsNats, ...guard } of guards) {
  Deno.test({
    name: `without the guard in ${guard.file}, the test fails: ${test}`,
    ignore: needsNats === true && findNats() === undefined,
    fn: async () => {
      const output = await testWithout(guard, { path: suite, options: ["--filter", test] });
      assertFailed(output, test);
    },
  });
}

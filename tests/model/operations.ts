/** Everything that people do, and how often. What may not be done is tried as often as what may. */
import fc from "fast-check";
import * as contacts from "./contact_operations.ts";
import * as groups from "./group_operations.ts";
import * as messages from "./message_operations.ts";
import { type Operation, operation } from "./operation.ts";
import { DONE } from "./world.ts";

/** One thing, or two at the same moment. */
export type Step = { first: Operation; second?: Operation };

const OK = { code: "ok", body: {} };

/** Loses the connection and comes back; what the server says first is looked at as well. */
const reconnect = operation("reconnects", {}, ({ by, self, cut }) => ({
  expect: (world) => ({
    heads: world.rooms.flatMap(({ name, log, rev, members }) => {
      const readSeq = members.get(by)?.readSeq;
      return readSeq === undefined ? [] : [{ conversation: name, seq: log.length, rev, readSeq }];
    }),
  }),
  perform: async () => {
    cut(by);
    await self.reconnect();
    const [ready] = self.heard();
    if (ready?.type !== "session.ready") throw new Error(`${ready?.type} came first`);
    return { code: "ok", body: { heads: ready.heads } };
  },
}));

const MINUTES = 3;

/** Longer than one's own message can be recalled, and than the shorter invitations last. */
const wait = operation("waits", {}, ({ age }) => ({
  expect: (world) => {
    world.now += MINUTES * 60_000;
    return DONE;
  },
  perform: async () => {
    await age(MINUTES);
    return OK;
  },
}));

function often(...weighted: [number, fc.Arbitrary<Operation>][]): fc.Arbitrary<Operation> {
  return fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** These give no new names, so two of them may be done in either order. */
const nameless = often(
  [14, messages.send],
  [5, messages.sendAgain],
  [6, messages.edit],
  [5, messages.recall],
  [6, messages.react],
  [4, messages.pin],
  [6, messages.receive],
  [4, messages.set],
  [5, groups.addMembers],
  [4, groups.removeMember],
  [2, groups.leaveGroup],
  [5, groups.setRole],
  [3, groups.silence],
  [4, groups.changeGroup],
  [1, groups.revokeInvites],
);

const alone = often(
  [7, contacts.requestContact],
  [4, contacts.acceptRequest],
  [2, contacts.declineRequest],
  [1, contacts.withdrawRequest],
  [1, contacts.openDirect],
  [2, contacts.lookAt],
  [2, contacts.renameContact],
  [2, contacts.removeContact],
  [2, contacts.block],
  [3, contacts.unblock],
  [5, groups.createGroup],
  [3, groups.createInvite],
  [6, groups.acceptInvite],
  [2, messages.readPage],
  [2, messages.readHistory],
  [3, messages.sync],
  [3, reconnect],
  [1, wait],
);

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ first: nameless }) },
  { weight: 6, arbitrary: fc.record({ first: alone }) },
  { weight: 1, arbitrary: fc.record({ first: nameless, second: nameless }) },
);

/** What every world begins with: people who know each other, and a group of three of them. */
import type { Deed, Operation } from "./operation.ts";
import type { Step } from "./operations.ts";
import { newId } from "../../lib/ids.ts";
import { requestContact } from "./contact_rules.ts";
import { createGroup } from "./group_rules.ts";
import type { Name } from "./world.ts";

const FRIENDS: readonly [Name, Name][] = [
  ["p0", "p1"],
  ["p0", "p2"],
  ["p0", "p3"],
  ["p1", "p2"],
  ["p3", "p4"],
];

export const prologue: readonly Step[] = [
  ...FRIENDS.flatMap(([one, other]) => [asking(one, other), asking(other, one)]),
  { first: { prepare: makeGroup } },
];

function asking(by: Name, to: Name): Step {
  const prepare: Operation["prepare"] = ({ actor, names }): Deed => ({
    what: "asks",
    said: `${by} asks ${to}`,
    expect: (world) => requestContact(world, by, to, ""),
    perform: () => actor(by).call("POST", "/contact-requests", { user: names.id(to) }),
  });
  return { first: { prepare } };
}

function makeGroup({ actor, names }: Parameters<Operation["prepare"]>[0]): Deed {
  const group = { title: "Chor", members: ["p1", "p2"], clientId: newId() };
  return {
    what: "makes a group",
    said: "p0 makes a group",
    expect: (world) => createGroup(world, "p0", group),
    perform: () =>
      actor("p0").call("POST", "/conversations", {
        ...group,
        kind: "group",
        members: group.members.map(names.id),
      }),
  };
}

import fc from "fast-check";
import { newId } from "../../lib/ids.ts";
import * as rules from "./group_rules.ts";
import {
  flag,
  groupFor,
  memberFor,
  operation,
  type Part,
  personOf,
  some,
  word,
} from "./operation.ts";
import type { Name, World } from "./world.ts";

const title = fc.constantFrom("Chor", "Garten", "Reise");
const several = fc.array(some, { minLength: 1, maxLength: 4 });

/** Friends of this person, sometimes anybody. */
function peopleFor(part: Part, numbers: readonly number[]): Name[] {
  const { world, by } = part;
  const friends = world.people.filter((each) => world.contacts.has(`${by} ${each}`));
  return [
    ...new Set(numbers.map((n) => {
      return n % 12 === 0 ? personOf(part, n) : friends[n % friends.length] ?? personOf(part, n);
    })),
  ];
}

export const createGroup = operation(
  "makes a group",
  { title, several, retry: some, same: fc.nat(3) },
  (part, { title, several, retry, same }) => {
    const { by, self, names, world } = part;
    const made = world.rooms.flatMap(({ made }) => made?.by === by ? [made] : []);
    const before = retry < 30 ? made[retry % made.length] : undefined;
    const group = before === undefined || same === 0
      ? { title, members: peopleFor(part, several), clientId: before?.clientId ?? newId() }
      : { ...before, members: before.members.split(",").filter((each) => each !== "") };
    return {
      about: group,
      expect: (world) => rules.createGroup(world, by, group),
      perform: () =>
        self.call("POST", "/conversations", {
          kind: "group",
          title: group.title,
          members: group.members.map(names.id),
          clientId: group.clientId,
        }),
    };
  },
);

export const addMembers = operation("brings in", { room: some, several }, (part, chosen) => {
  const { by, self, names } = part;
  const room = groupFor(part, chosen.room);
  const users = peopleFor(part, chosen.several);
  return {
    about: { room, users },
    expect: (world) => rules.addMembers(world, by, room, users),
    perform: () =>
      self.call("POST", `/conversations/${names.id(room)}/members`, { users: users.map(names.id) }),
  };
});

function removing(what: string, targetOf: (part: Part, room: Name, n: number) => Name) {
  return operation(what, { room: some, target: some }, (part, chosen) => {
    const { by, self, names } = part;
    const room = groupFor(part, chosen.room);
    const target = targetOf(part, room, chosen.target);
    return {
      about: { room, target },
      expect: (world) => rules.removeMember(world, by, room, target),
      perform: () =>
        self.call("DELETE", `/conversations/${names.id(room)}/members/${names.id(target)}`),
    };
  });
}

export const removeMember = removing("removes", memberFor);
export const leaveGroup = removing("leaves", ({ by }) => by);

const role = fc.constantFrom("member", "admin", "admin", "owner");

export const setRole = operation("gives a role", { room: some, target: some, role }, (part, c) => {
  const { by, self, names } = part;
  const { role } = c;
  const room = groupFor(part, c.room);
  const target = memberFor(part, room, c.target);
  return {
    about: { room, target, role },
    expect: (world) => rules.setRole(world, by, room, target, role),
    perform: () =>
      self.call("PATCH", `/conversations/${names.id(room)}/members/${names.id(target)}`, { role }),
  };
});

/** Minutes from now; null: they may write again. */
const silenceFor = fc.constantFrom(null, -5, 2, 60, 60);

export const silence = operation(
  "silences",
  { room: some, target: some, minutes: silenceFor },
  (part, chosen) => {
    const { by, self, names, world, started } = part;
    const { minutes } = chosen;
    const room = groupFor(part, chosen.room);
    const target = memberFor(part, room, chosen.target);
    const until = minutes === null ? 0 : world.now + minutes * 60_000;
    const sent = minutes === null ? null : new Date(started + minutes * 60_000).toISOString();
    return {
      about: { room, target, minutes },
      expect: (world) => rules.silence(world, by, room, target, until),
      perform: () =>
        self.call("PATCH", `/conversations/${names.id(room)}/members/${names.id(target)}`, {
          silencedUntil: sent,
        }),
    };
  },
);

const changes: fc.Arbitrary<rules.GroupChange> = fc.oneof(
  fc.record({ title }),
  fc.record({ announcement: word }),
  fc.record({ historyVisible: flag }),
  fc.record({ historyVisible: flag, announcement: word, title }),
);

export const changeGroup = operation("changes", { room: some, changes }, (part, chosen) => {
  const { by, self, names } = part;
  const { changes } = chosen;
  const room = groupFor(part, chosen.room);
  return {
    about: { room, ...changes },
    expect: (world) => rules.changeGroup(world, by, room, changes),
    perform: () => self.call("PATCH", `/conversations/${names.id(room)}`, changes),
  };
});

/** Of a group, or without one a person's own. */
function invitesPath({ names }: Part, room: Name | null): string {
  return room === null ? "/me/invites" : `/conversations/${names.id(room)}/invites`;
}

function placeFor(part: Part, n: number): Name | null {
  return n % 4 === 0 ? null : groupFor(part, n);
}

export const createInvite = operation(
  "invites",
  { room: some, maxUses: fc.constantFrom(1, 2, 100), seconds: fc.constantFrom(120, 3600) },
  (part, chosen) => {
    const { by, self } = part;
    const { maxUses, seconds } = chosen;
    const room = placeFor(part, chosen.room);
    return {
      about: { room, maxUses, seconds },
      expect: (world) => rules.createInvite(world, by, room, { maxUses, seconds }),
      perform: () =>
        self.call("POST", invitesPath(part, room), {
          expiresIn: seconds,
          ...(maxUses < 100 && { maxUses }),
        }),
    };
  },
);

export const revokeInvites = operation("revokes invites", { room: some }, (part, chosen) => {
  const { by, self } = part;
  const room = placeFor(part, chosen.room);
  return {
    about: { room },
    expect: (world) => rules.revokeInvites(world, by, room),
    perform: () => self.call("DELETE", invitesPath(part, room)),
  };
});

function inviteFor({ invites }: World, n: number): Name {
  return n > 95 ? "none" : invites.at(-1 - n % Math.min(invites.length, 5))?.name ?? "none";
}

export const acceptInvite = operation("accepts an invite", { invite: some }, (part, chosen) => {
  const { by, self, names, world } = part;
  const invite = inviteFor(world, chosen.invite);
  return {
    about: { invite },
    expect: (world) => rules.acceptInvite(world, by, invite),
    perform: () => self.call("POST", `/invites/${names.id(invite)}/accept`),
  };
});

/** Who is in a group, what they may do there, and how one gets in. */
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Role } from "../../lib/protocol/model.ts";
import { becomeContacts, directRoom } from "./contact_rules.ts";
import {
  areFriends,
  DONE,
  type Invite,
  isAdmin,
  isBlockBetween,
  join,
  leave,
  type Name,
  newName,
  newSeat,
  type Outcome,
  type Room,
  roomOf,
  say,
  type Seat,
  type World,
} from "./world.ts";

export function createGroup(
  world: World,
  by: Name,
  { title, members, clientId }: { title: string; members: Name[]; clientId: string },
): Outcome {
  const users = [...new Set(members)].filter((each) => each !== by);
  const made = { by, clientId, title, members: users.toSorted().join() };
  const before = world.rooms.find((each) =>
    each.made?.by === by && each.made.clientId === clientId
  );
  if (before !== undefined) {
    if (before.made?.title !== title || before.made.members !== made.members) return "conflict";
    return before.members.has(by) ? { room: before.name } : "gone";
  }
  if (!users.every((each) => areFriends(world, by, each))) return "not-contact";
  const room: Room = {
    name: newName(world, "r"),
    ...{ kind: "group", title, announcement: "", historyVisible: false },
    ...{ members: new Map(), log: [], rev: 0, activity: 0, pair: [], stays: [] },
    made,
  };
  world.rooms.push(room);
  for (const each of [by, ...users]) join(room, each, newSeat(each === by ? "owner" : "member", 0));
  say(world, room, { type: "created", by, users, title });
  return { room: room.name };
}

type Group = { room: Room; seat: Seat };

function groupOf(world: World, by: Name, name: Name): Group | "not-member" | "forbidden" {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  return found.room.kind === "group" ? found : "forbidden";
}

function adminOf(world: World, by: Name, name: Name): Group | "not-member" | "forbidden" {
  const found = groupOf(world, by, name);
  return typeof found === "string" || isAdmin(found.room, found.seat) ? found : "forbidden";
}

function admit(world: World, room: Room, by: Name, users: Name[]): void {
  const seq = room.log.length;
  for (const each of users) join(room, each, newSeat("member", seq));
  say(world, room, { type: "joined", by, users });
}

/** By any member, of their own contacts; whoever is there already stays as they are. */
export function addMembers(world: World, by: Name, name: Name, people: Name[]): Outcome {
  const found = groupOf(world, by, name);
  if (typeof found === "string") return found;
  const users = [...new Set(people)].filter((each) => !found.room.members.has(each));
  if (users.length === 0) return DONE;
  if (!users.every((each) => areFriends(world, by, each))) return "not-contact";
  if (found.room.members.size + users.length > LIMITS.groupMembers) return "conflict";
  admit(world, found.room, by, users);
  return DONE;
}

/** The owner is above everybody, an admin above members. */
function isAbove({ role }: Seat, other: Seat): boolean {
  return role === "owner" || (role === "admin" && other.role === "member");
}

export function removeMember(world: World, by: Name, name: Name, target: Name): Outcome {
  const found = target === by ? groupOf(world, by, name) : adminOf(world, by, name);
  if (typeof found === "string") return found;
  const { room, seat } = found;
  const other = room.members.get(target);
  if (other === undefined) return "not-found";
  if (target !== by && !isAbove(seat, other)) return "forbidden";
  leave(room, target);
  say(world, room, { type: target === by ? "left" : "removed", by, users: [target] });
  if (target === by && seat.role === "owner") enthrone(world, room, by);
  return DONE;
}

/** To the admin who is in it longest, else the member; of those who came together to either. */
function enthrone(world: World, room: Room, by: Name): void {
  const [heir] = [...room.members].toSorted(([a, one], [b, other]) =>
    Number(other.role === "admin") - Number(one.role === "admin") ||
    one.joinedSeq - other.joinedSeq || (a < b ? -1 : 1)
  );
  if (heir === undefined) return;
  const [name, seat] = heir;
  seat.role = "owner";
  seat.silencedUntil = 0;
  say(world, room, { type: "role", by, users: [name], role: "owner" });
}

export function setRole(world: World, by: Name, name: Name, target: Name, role: Role): Outcome {
  const found = adminOf(world, by, name);
  if (typeof found === "string") return found;
  const { room, seat } = found;
  if (seat.role !== "owner") return "forbidden";
  const other = room.members.get(target);
  if (other === undefined) return "not-found";
  if (other.role === role) return DONE;
  if (target === by) return "conflict";
  other.role = role;
  if (role === "owner") {
    seat.role = "admin";
    other.silencedUntil = 0;
  }
  say(world, room, { type: "role", by, users: [target], role });
  return DONE;
}

/** @param until 0 where they may write again; that and what is over are the same */
export function silence(
  world: World,
  by: Name,
  name: Name,
  target: Name,
  until: number,
): Outcome {
  const found = adminOf(world, by, name);
  if (typeof found === "string") return found;
  const { room, seat } = found;
  const other = room.members.get(target);
  if (other === undefined) return "not-found";
  if (target === by || !isAbove(seat, other)) return "forbidden";
  const before = other.silencedUntil > world.now ? other.silencedUntil : 0;
  const after = until > world.now ? until : 0;
  if (before === after) return DONE;
  other.silencedUntil = after;
  say(world, room, {
    type: "silenced",
    by,
    users: [target],
    ...(after > 0 && { until: new Date(after).toISOString() }),
  });
  return DONE;
}

export type GroupChange = { title?: string; announcement?: string; historyVisible?: boolean };

export function changeGroup(world: World, by: Name, name: Name, change: GroupChange): Outcome {
  const found = adminOf(world, by, name);
  if (typeof found === "string") return found;
  const { room } = found;
  const { title = room.title, announcement = room.announcement } = change;
  const { historyVisible: visible = room.historyVisible } = change;
  const before = { ...room };
  // At once: what is said of it is said in a group that is so.
  Object.assign(room, { title, announcement, historyVisible: visible });
  if (visible !== before.historyVisible) showHistory(room);
  if (title !== before.title) say(world, room, { type: "renamed", by, title });
  if (announcement !== before.announcement) {
    say(world, room, { type: "announcement", by, announcement });
  }
  if (visible !== before.historyVisible) say(world, room, { type: "history", by, visible });
  return { room: room.name };
}

function showHistory(room: Room): void {
  for (const stay of room.stays) {
    if (stay.leftRev === Infinity) stay.historyUntil = room.historyVisible ? Infinity : room.rev;
  }
}

export function createInvite(
  world: World,
  by: Name,
  room: Name | null,
  { maxUses, seconds }: { maxUses: number; seconds: number },
): Outcome {
  const found = room === null ? undefined : adminOf(world, by, room);
  if (typeof found === "string") return found;
  const invite: Invite = {
    ...{ name: newName(world, "i"), by, room, uses: 0, maxUses },
    expiresAt: world.now + seconds * 1000,
  };
  world.invites.push(invite);
  return { invite: invite.name };
}

/** All of a group, whoever made them; or all personal ones of `by`. */
export function revokeInvites(world: World, by: Name, room: Name | null): Outcome {
  const found = room === null ? undefined : adminOf(world, by, room);
  if (typeof found === "string") return found;
  for (const each of world.invites) {
    if (each.room === room && (room !== null || each.by === by)) each.expiresAt = -Infinity;
  }
  return DONE;
}

export function acceptInvite(world: World, by: Name, name: Name): Outcome {
  const invite = world.invites.find((each) => each.name === name);
  if (invite === undefined) return "not-found";
  const works = invite.expiresAt > world.now && invite.uses < invite.maxUses;
  if (invite.room !== null) return joinBy(world, by, invite, works);
  if (invite.by === by) return "conflict";
  if (isBlockBetween(world, by, invite.by)) return "gone";
  if (world.contacts.has(`${by} ${invite.by}`)) {
    return { room: directRoom(world, by, invite.by)?.name ?? "" };
  }
  if (!works) return "gone";
  invite.uses++;
  return becomeContacts(world, by, invite.by, "");
}

function joinBy(world: World, by: Name, invite: Invite, works: boolean): Outcome {
  const room = world.rooms.find((each) => each.name === invite.room);
  if (room === undefined) return "gone";
  if (room.members.has(by)) return { room: room.name };
  const maker = room.members.get(invite.by);
  if (!works || maker === undefined || !isAdmin(room, maker)) return "gone";
  invite.uses++;
  admit(world, room, by, [by]);
  return { room: room.name };
}

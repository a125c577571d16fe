/** What people may do to one another: contacts, their requests, and blocks. */
import {
  type Answer,
  DONE,
  isBlockBetween,
  join,
  type Name,
  newName,
  newSeat,
  type Outcome,
  type Room,
  say,
  type World,
} from "./world.ts";

export function requestContact(world: World, by: Name, to: Name, greeting: string): Outcome {
  if (by === to) return "conflict";
  if (!world.people.includes(to)) return "not-found";
  if (world.blocks.has(`${by} ${to}`)) return "conflict";
  if (world.contacts.has(`${by} ${to}`)) return "conflict";
  if (world.blocks.has(`${to} ${by}`)) return "not-contact";
  if (world.requests.some(({ from, to: asked }) => from === to && asked === by)) {
    return becomeContacts(world, by, to, "");
  }
  const before = world.requests.find((each) => each.from === by && each.to === to);
  if (before !== undefined) {
    before.greeting = greeting;
    return { request: before.name };
  }
  const name = newName(world, "q");
  world.requests.push({ name, from: by, to, greeting });
  return { request: name };
}

export function acceptRequest(world: World, by: Name, name: Name, alias: string): Outcome {
  const request = shownRequest(world, by, name);
  if (request?.to !== by) return "not-found";
  if (isBlockBetween(world, by, request.from)) return "not-contact";
  return becomeContacts(world, by, request.from, alias);
}

export function declineRequest(world: World, by: Name, name: Name): Outcome {
  const request = shownRequest(world, by, name);
  if (request?.to !== by) return "not-found";
  world.requests = world.requests.filter((each) => each !== request);
  return DONE;
}

export function withdrawRequest(world: World, by: Name, name: Name): Outcome {
  const request = shownRequest(world, by, name);
  if (request?.from !== by) return "not-found";
  world.requests = world.requests.filter((each) => each !== request);
  return DONE;
}

/** Requests to and from somebody whom `by` blocks are not there for `by` meanwhile. */
function shownRequest(world: World, by: Name, name: Name) {
  return requestsOf(world, by).find((each) => each.name === name);
}

export function requestsOf(world: World, person: Name): World["requests"] {
  return world.requests.filter(({ from, to }) =>
    (from === person && !world.blocks.has(`${person} ${to}`)) ||
    (to === person && !world.blocks.has(`${person} ${from}`))
  );
}

/** Also ends what the two asked each other. */
export function becomeContacts(world: World, by: Name, other: Name, alias: string): Answer {
  world.requests = world.requests.filter(({ from, to }) =>
    !(from === by && to === other) && !(from === other && to === by)
  );
  world.contacts.set(`${by} ${other}`, alias);
  world.contacts.set(`${other} ${by}`, "");
  const room = directRoom(world, by, other) ?? openRoom(world, by, other);
  say(world, room, { type: "contact", by });
  return { room: room.name };
}

export function directRoom(world: World, one: Name, other: Name): Room | undefined {
  return world.rooms.find(({ pair }) => pair.includes(one) && pair.includes(other));
}

function openRoom(world: World, one: Name, other: Name): Room {
  const room: Room = {
    name: newName(world, "r"),
    ...{ kind: "direct", title: "", announcement: "", historyVisible: false },
    ...{ members: new Map(), log: [], rev: 0, activity: ++world.activity, stays: [] },
    pair: [one, other],
  };
  for (const person of room.pair) join(room, person, newSeat("member", 0));
  world.rooms.push(room);
  return room;
}

/** Also where the two are contacts no more: it is in both lists. */
export function openDirect(world: World, by: Name, other: Name): Outcome {
  if (!world.people.includes(other)) return "not-found";
  const room = directRoom(world, by, other);
  return by === other || room === undefined ? "not-contact" : { room: room.name };
}

export function renameContact(world: World, by: Name, other: Name, alias: string): Outcome {
  const key = `${by} ${other}`;
  if (!world.contacts.has(key) || world.blocks.has(key)) return "not-found";
  world.contacts.set(key, alias);
  return DONE;
}

export function removeContact(world: World, by: Name, other: Name): Outcome {
  if (!world.contacts.delete(`${by} ${other}`)) return "not-found";
  world.contacts.delete(`${other} ${by}`);
  return DONE;
}

export function block(world: World, by: Name, other: Name, on: boolean): Outcome {
  if (by === other) return "conflict";
  if (!world.people.includes(other)) return "not-found";
  if (on) world.blocks.add(`${by} ${other}`);
  else world.blocks.delete(`${by} ${other}`);
  return DONE;
}

export function relationOf(world: World, by: Name, other: Name): Outcome {
  if (!world.people.includes(other)) return "not-found";
  if (by === other) return { relation: "self" };
  // Of a block only the one who blocks learns.
  if (world.blocks.has(`${by} ${other}`)) return { relation: "blocked" };
  if (world.contacts.has(`${by} ${other}`)) return { relation: "contact" };
  const request = requestsOf(world, by).find(({ from, to }) => from === other || to === other);
  if (request === undefined) return { relation: "none" };
  return { relation: request.from === by ? "requested" : "incoming" };
}

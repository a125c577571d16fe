/** Holds what the server shows everybody against the model. */
import assert from "node:assert/strict";
import type { Conversation, Member, Message, User } from "../../lib/protocol/model.ts";
import type { Actor, Fields, Reply } from "./actor.ts";
import type { Scene } from "./operation.ts";
import { agree } from "./agree.ts";
import * as views from "./views.ts";
import { type Name, type Outcome, type Room, type Seat, type World } from "./world.ts";

/**
 * Whether the server answered as the contract asks, and what it calls what is new.
 * @throws AssertionError
 */
export function checkReply({ names }: Scene, expected: Outcome, { code, body }: Reply): void {
  assert.equal(code, typeof expected === "string" ? expected : "ok", JSON.stringify(body));
  if (typeof expected === "string") return;
  const { room, request, invite, ...fields } = expected;
  if (room !== undefined) {
    names.bind(room, String(isRecord(body.conversation) ? body.conversation.id : body.id));
  }
  if (request !== undefined) names.bind(request, String(body.id));
  if (invite !== undefined) names.bind(invite, String(body.token));
  const plain: Fields = inOrder(names.plain(body));
  for (const [field, value] of Object.entries(inOrder(names.plain(fields)))) {
    agree(plain[field], value, field);
  }
}

/** Heads come in no order. */
function inOrder(value: unknown): Fields {
  if (!isRecord(value)) return {};
  const { heads } = value;
  if (!Array.isArray(heads)) return value;
  const keyed = heads.map((head) => [JSON.stringify(head), head] as const);
  return { ...value, heads: keyed.toSorted(([a], [b]) => a < b ? -1 : 1).map(([, head]) => head) };
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/** @throws AssertionError at the first difference */
export async function compareAll(scene: Scene, world: World): Promise<void> {
  await Promise.all(world.people.map(async (person) => {
    const actor = scene.actor(person);
    await compareList(scene, world, person, actor);
    await compareContacts(scene, world, person, actor);
    for (const room of world.rooms) {
      const seat = room.members.get(person);
      if (seat !== undefined) await compareRoom(scene, world, person, { actor, room, seat });
    }
  }));
}

async function get(actor: Actor, path: string): Promise<Fields> {
  const { code, body } = await actor.call("GET", path);
  assert.equal(code, "ok", `${path}: ${JSON.stringify(body)}`);
  return body;
}

async function compareList(scene: Scene, world: World, person: Name, actor: Actor): Promise<void> {
  const { names } = scene;
  const { conversations } = await get(actor, "/conversations") as { conversations: Conversation[] };
  const expected = world.rooms.flatMap((room) => {
    const seat = room.members.get(person);
    return seat === undefined ? [] : [views.conversationOf(room, person, seat)];
  });
  const found = conversations.map((each) => shown(scene, each));
  agree(byId(found), byId(names.plain(expected)), `the list of ${person}`);
  // Latest activity first; within the same millisecond in either order.
  const activity = new Map(world.rooms.map((room) => [scene.names.id(room.name), room.activity]));
  for (const [n, { id, lastMessage }] of conversations.entries()) {
    const before = conversations[n - 1];
    if (before === undefined) continue;
    const same = before.lastMessage?.at === lastMessage?.at;
    assert.ok(
      same || (activity.get(before.id) ?? 0) > (activity.get(id) ?? 0),
      `the list of ${person} is in order`,
    );
  }
}

/** What the server shows of a conversation, as the model would have it. */
export function shown({ names }: Scene, conversation: Conversation): unknown {
  const { avatar: _, createdAt: __, peer, ...rest } = conversation;
  return names.plain({ ...rest, ...(peer !== undefined && { peer: peer.id }) });
}

function byId(list: unknown): unknown[] {
  const keyed = (Array.isArray(list) ? list : []).map((each) => [String(each.id), each] as const);
  return keyed.toSorted(([a], [b]) => a < b ? -1 : 1).map(([, each]) => each);
}

async function compareContacts(
  { names }: Scene,
  world: World,
  person: Name,
  actor: Actor,
): Promise<void> {
  type Request = { id: string; from: User; to: User; greeting: string };
  const lists = await get(actor, "/contacts") as {
    contacts: { user: User; alias: string; conversation: string; unread: number }[];
    incoming: Request[];
    outgoing: Request[];
    blocked: User[];
  };
  const request = ({ id, from, to, greeting }: Request) => ({
    ...{ id, from: from.id, to: to.id, greeting },
  });
  const found = names.plain({
    contacts: lists.contacts.map(({ user, alias, conversation, unread }) => ({
      ...{
        id: user.id,
        user: user.id,
        alias,
        conversation,
        unread,
      },
    })),
    incoming: lists.incoming.map(request),
    outgoing: lists.outgoing.map(request),
    blocked: lists.blocked.map(({ id }) => ({ id })),
  });
  const { contacts, incoming, outgoing, blocked } = views.contactsOf(world, person);
  const expected = {
    contacts: contacts.map((each) => ({ id: each.user, ...each })),
    ...{ incoming, outgoing },
    blocked: blocked.map((id) => ({ id })),
  };
  for (const [name, list] of Object.entries(expected)) {
    const shown = isRecord(found) ? found[name] : undefined;
    agree(byId(shown), byId(list), `${name} of ${person}`);
  }
}

async function compareRoom(
  scene: Scene,
  world: World,
  person: Name,
  { actor, room, seat }: { actor: Actor; room: Room; seat: Seat },
): Promise<void> {
  const { names } = scene;
  const of = `${room.name} of ${person}`;
  const path = `/conversations/${names.id(room.name)}`;
  const { members } = await get(actor, path) as { members: Member[] };
  const expected = views.membersOf(world, room);
  const found = members.map(({ user, silencedUntil, ...member }) => {
    const name = names.name(user.id) ?? "";
    const { deliveredSeq = 0 } = expected.find((each) => each.user === name) ?? {};
    const early = scene.isObserved(name) && member.deliveredSeq > deliveredSeq;
    return {
      ...member,
      user: name,
      deliveredSeq: early ? deliveredSeq : member.deliveredSeq,
      silenced: silencedUntil !== null && Date.parse(silencedUntil) > Date.now(),
    };
  });
  const inOrder = found.toSorted((one, other) => one.user < other.user ? -1 : 1);
  agree(inOrder, expected, `members in ${of}`);

  const log: Message[] = [];
  while (true) {
    const since = log.at(-1)?.rev ?? 0;
    const page = await get(actor, `${path}/changes?since=${since}&limit=25`) as {
      messages: Message[];
      seq: number;
      rev: number;
      more: boolean;
    };
    log.push(...page.messages);
    if (page.more) continue;
    agree([page.seq, page.rev], [room.log.length, room.rev], `the head of ${of}`);
    break;
  }
  const plain = names.plain(log);
  agree(plain, names.plain(views.changesAfter(room, seat, 0)), `the log of ${of}`);
  const revs = new Set(log.map(({ rev }) => rev));
  assert.equal(revs.size, log.length, `revisions of ${of} are each other's`);
  assert.ok(log.every(({ seq, rev }) => rev >= seq), `revisions of ${of} are not below positions`);

  const { messages } = await get(actor, `${path}/pins`);
  agree(names.plain(messages), names.plain(views.pinsOf(room, seat)), `pins of ${of}`);
}

import assert from "node:assert/strict";
import { createMemberships } from "../../chat/memberships.ts";
import { createTypists } from "../../chat/typists.ts";
import type { Envelope } from "../../lib/bus/bus.ts";
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { newId } from "../../lib/ids.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { createMemoryStore } from "../support/memory_store.ts";

/** What was published has been heard. */
function settleBus(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

async function setUp() {
  const memory = createMemoryStore(Date, 1);
  const told: Envelope[] = [];
  const bus = createMemoryWire().open();
  await bus.subscribe({ envelope: (each) => void told.push(each), reconnected: () => {} });
  const memberships = createMemberships(memory.store);
  const typists = createTypists({ store: memory.store, memberships, bus });
  return { memory, told, typists, memberships };
}

function typing(
  conversation: string,
  user: string,
  { membersRev, users, on = true }: { membersRev: number; users: string[]; on?: boolean },
) {
  const frame = JSON.stringify({ type: "typing", conversation, user, on });
  return { kind: "members", conversation, membersRev, audience: { users }, frame };
}

Deno.test("Typists tells the members, under the version that it checked", async () => {
  const { memory, told, typists } = await setUp();
  const [room, ann, ben] = [newId(), newId(), newId()];
  memory.addGroup(room, [ann, ben]);
  await typists.type(ann, room, true);
  await typists.type(ann, room, false);
  await settleBus();
  assert.deepEqual(told, [
    typing(room, ann, { membersRev: 1, users: [ann, ben] }),
    typing(room, ann, { membersRev: 1, users: [ann, ben], on: false }),
  ]);
});

Deno.test("Typists believes no cache, of who was removed or of who is new", async () => {
  const { memory, told, typists, memberships } = await setUp();
  const [room, ann, ben, cat] = [newId(), newId(), newId(), newId()];
  memory.addGroup(room, [ann, ben]);
  await memberships.get([room]);
  memory.removeMember(room, ben);
  memory.addMember(room, cat);
  assert.ok(memberships.peek(room)?.members.has(ben), "the cache is behind");
  await assert.rejects(typists.type(ben, room, true), { code: "not-member" });
  await typists.type(cat, room, true);
  await settleBus();
  assert.deepEqual(told, [typing(room, cat, { membersRev: 3, users: [ann, ben] })]);
  for (const [user, where] of [[newId(), room], [ann, newId()]] as const) {
    await assert.rejects(typists.type(user, where, true), { code: "not-member" });
  }
});

Deno.test("Typists tells nobody in a closed conversation, nor in a crowd", async () => {
  const { memory, told, typists } = await setUp();
  const [ann, ben, room] = [newId(), newId(), newId()];
  const direct = memory.addContacts(ann, ben);
  assert.ok(typeof direct === "string");
  const people = Array.from({ length: LIMITS.receiptMembers }, newId);
  memory.addGroup(room, [ann, ...people]);
  await typists.type(ann, room, true);
  memory.block(ben, ann, true);
  await typists.type(ann, direct, true);
  await typists.type(ben, direct, true);
  await settleBus();
  assert.deepEqual(told, []);
  memory.block(ben, ann, false);
  await typists.type(ann, direct, true);
  await settleBus();
  assert.deepEqual(told, [typing(direct, ann, { membersRev: 3, users: [ann, ben].sort() })]);
});

import assert from "node:assert/strict";
import { createMemberships } from "../../chat/memberships.ts";
import { createReceipts } from "../../chat/receipts.ts";
import type { Envelope } from "../../lib/bus/bus.ts";
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { newId } from "../../lib/ids.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { ReceiptMove } from "../../lib/sql/receipts.ts";
import { appendEntry } from "../support/append_entry.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createMemoryStore } from "../support/memory_store.ts";

const room = newId();

/** Receipts over a store in memory, whose statements a test can hold back or let fail. */
async function setUp(members: number) {
  const memory = createMemoryStore(Date, 1);
  const users = Array.from({ length: members }, newId);
  memory.addGroup(room, users);
  const entries = Array.from({ length: 50 }, () => appendEntry(room, users[0] ?? ""));
  await memory.store.lanes[0]?.append(entries, new Map([[room, 1]]));
  const statements: (readonly ReceiptMove[])[] = [];
  const world: { gate: Promise<void>; failures: Error[]; reads: number } = {
    ...{ gate: Promise.resolve(), failures: [], reads: 0 },
  };
  const told: Envelope[] = [];
  const bus = createMemoryWire().open();
  await bus.subscribe({ envelope: (each) => void told.push(each), reconnected: () => {} });
  const receipts = createReceipts({
    store: {
      moveReceipts: async (moves) => {
        statements.push(moves);
        await world.gate;
        const failure = world.failures.shift();
        if (failure !== undefined) throw failure;
        return await memory.store.moveReceipts(moves);
      },
    },
    memberships: createMemberships({
      ...memory.store,
      readMemberships: (ids) => {
        world.reads++;
        return memory.store.readMemberships(ids);
      },
    }),
    bus,
    log: createFakeLog(),
  });
  const read = (user: Id, seq: number) =>
    receipts.move({ user, conversation: room, readSeq: seq, deliveredSeq: seq });
  const received = (user: Id, seq: number) =>
    receipts.move({ user, conversation: room, readSeq: 0, deliveredSeq: seq });
  const member = (user: Id) => memory.data.rooms.get(room)?.members.get(user);
  return { memory, users, statements, world, told, read, received, member };
}

Deno.test("Receipts stores by one statement what came while another ran, and only the furthest", async () => {
  const { users: [ann = "", ben = ""], statements, world, read, received, member } = await setUp(2);
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  let answered = 0;
  const count = () => void answered++;
  const first = read(ann, 1).then(count);
  await eventually(() => statements.length === 1, "the first statement");
  const others = [
    ...[5, 9, 7].map((seq) => read(ann, seq)),
    received(ann, 12),
    ...[3, 2].map((seq) => received(ben, seq)),
  ].map((move) => move.then(count));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(
    [statements.length, answered],
    [1, 0],
    "nothing is answered before it is stored",
  );
  gate.resolve();
  await Promise.all([first, ...others]);
  assert.equal(answered, 7);
  assert.deepEqual(statements.slice(1), [[
    { user: ann, conversation: room, readSeq: 9, deliveredSeq: 12 },
    { user: ben, conversation: room, readSeq: 0, deliveredSeq: 3 },
  ]]);
  assert.deepEqual([member(ann)?.readSeq, member(ann)?.deliveredSeq], [9, 12]);
});

Deno.test("Receipts takes five hundred by one statement", async () => {
  const { users, statements, read } = await setUp(100);
  await Promise.all(Array.from({ length: 1_050 }, (_, n) => read(users[n % 100] ?? "", n % 50)));
  assert.equal(statements.length, 3);
  assert.ok(statements.every((moves) => moves.length <= 100), "one for each person");
});

Deno.test("Receipts tells the members what moved, once, and of what did not nobody", async () => {
  const { users: [ann = ""], told, read } = await setUp(LIMITS.receiptMembers);
  await Promise.all([read(ann, 4), read(ann, 6)]);
  await read(ann, 5);
  await eventually(() => told.length > 0, "the receipt");
  const frame = { type: "receipt", conversation: room, user: ann, readSeq: 6, deliveredSeq: 6 };
  const audience = { users: [], group: true };
  assert.deepEqual(told, [
    { kind: "members", conversation: room, membersRev: 1, audience, frame: JSON.stringify(frame) },
  ]);
});

Deno.test("Receipts keeps to oneself what one read in a crowd, and stores no receiving there", async () => {
  const { users: [ann = ""], told, read, received, statements, world, member, memory } =
    await setUp(LIMITS.receiptMembers + 1);
  for (let seq = 1; seq < 20; seq++) await received(ann, seq);
  assert.deepEqual([statements.length, world.reads, member(ann)?.deliveredSeq], [0, 1, 0]);
  await read(ann, 20);
  await eventually(() => told.length > 0, "the receipt");
  assert.deepEqual(told.map((each) => each.kind === "people" && each.users), [[ann]]);
  // Who is no member is not one by asking about a crowd; and who is new is known at once.
  const cat = newId();
  await assert.rejects(received(cat, 3), { code: "not-member" });
  memory.addMember(room, cat);
  await received(cat, 3);
});

Deno.test("Receipts refuses who is no member, and the others of that statement are stored", async () => {
  const { users: [ann = ""], read, member } = await setUp(2);
  const [stranger, own] = await Promise.allSettled([read(newId(), 3), read(ann, 3)]);
  assert.equal(stranger.status === "rejected" && stranger.reason.code, "not-member");
  assert.deepEqual([own.status, member(ann)?.readSeq], ["fulfilled", 3]);
});

Deno.test("Receipts runs again what was in another's way, and answers what failed", async () => {
  const { users: [ann = ""], statements, world, read, member } = await setUp(2);
  const deadlock = () => Object.assign(new Error("deadlock"), { code: "40P01" });
  world.failures = [deadlock(), deadlock()];
  await read(ann, 3);
  assert.deepEqual([statements.length, member(ann)?.readSeq], [3, 3]);
  world.failures = [Object.assign(new Error("gone"), { code: "CONNECTION_CLOSED" })];
  await assert.rejects(read(ann, 4), { code: "CONNECTION_CLOSED" });
  await read(ann, 5);
  assert.equal(member(ann)?.readSeq, 5);
});

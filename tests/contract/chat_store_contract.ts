/** What every store behind the chat node has to do. */
import assert from "node:assert/strict";
import { FOLLOWED } from "../../lib/bus/audience.ts";
import { newId } from "../../lib/ids.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import type { ChangeAction } from "../../lib/sql/change.ts";
import type { AppendEntry, AppendRow } from "../../lib/sql/append.ts";
import { appendEntry } from "../support/append_entry.ts";
import type { StoreWorld } from "../support/memory_store.ts";

type Room = { ann: Id; ben: Id; room: Id };

async function openRoom(world: StoreWorld): Promise<Room> {
  const [ann, ben, room] = [newId(), newId(), newId()];
  await world.addUser(ann);
  await world.addUser(ben);
  await world.addGroup(room, [ann, ben]);
  return { ann, ben, room };
}

/** Appends on the first lane. */
function append(
  { store }: StoreWorld,
  entries: readonly AppendEntry[],
  versions: ReadonlyMap<Id, number>,
): Promise<AppendRow[]> {
  const [lane] = store.lanes;
  assert.ok(lane);
  return lane.append(entries, versions);
}

async function fill(world: StoreWorld, { ann, room }: Room, count: number, membersRev = 1) {
  const entries = Array.from(
    { length: count },
    (_, n) => appendEntry(room, ann, { text: `${n + 1}` }),
  );
  await append(world, entries, new Map([[room, membersRev]]));
}

function seqs(page: { messages: readonly Message[]; more: boolean } | undefined): unknown {
  return page && [page.messages.map(({ seq }) => seq), page.more];
}

function outcomes(rows: readonly AppendRow[]): unknown[] {
  return rows.map((row) => "seq" in row ? [row.outcome, row.seq, row.rev] : row.outcome);
}

/** The contract's tests, to be registered for each driver. */
export const chatStoreContract: Record<string, (world: StoreWorld) => Promise<void>> = {
  "numbers each conversation densely, and a retry keeps its place": async (world) => {
    const { ann, ben, room } = await openRoom(world);
    const other = newId();
    await world.addGroup(other, [ann]);
    const versions = new Map([[room, 1], [other, 1]]);
    const batch = [appendEntry(room, ann), appendEntry(other, ann), appendEntry(room, ben)];
    const rows = await append(world, batch, versions);
    assert.deepEqual(outcomes(rows), [["stored", 1, 1], ["stored", 1, 1], ["stored", 2, 2]]);
    assert.deepEqual(
      await append(world, batch, versions),
      rows.map((row) => ({ ...row, outcome: "stored-before" })),
    );
    const retries = batch.map((entry) => ({ ...entry, id: newId() }));
    const again = await append(world, [...retries, appendEntry(room, ann)], versions);
    assert.deepEqual(outcomes(again), [
      ["duplicate", 1, 1],
      ["duplicate", 1, 1],
      ["duplicate", 2, 2],
      ["stored", 3, 3],
    ]);
  },
  "lets the first of equal keys win, and refuses other content": async (world) => {
    const { ann, room } = await openRoom(world);
    const clientId = newId();
    const rows = await append(world, [
      appendEntry(room, ann, { clientId, text: "one" }),
      appendEntry(room, ann, { clientId, text: "one" }),
      appendEntry(room, ann, { clientId, text: "two" }),
      appendEntry(room, ann, { replyTo: 1 }),
      appendEntry(room, ann),
    ], new Map([[room, 1]]));
    assert.deepEqual(outcomes(rows), [
      ["stored", 1, 1],
      ["duplicate", 1, 1],
      "conflict",
      "bad-reply",
      ["stored", 2, 2],
    ]);
  },
  "takes no reply to what its sender may not see, and still knows what it took": async (world) => {
    const { ann, ben, room } = await openRoom(world);
    const versions = new Map([[room, 1]]);
    await append(world, [appendEntry(room, ann), appendEntry(room, ann)], versions);
    const reply = appendEntry(room, ben, { replyTo: 1 });
    await append(world, [reply], versions);
    const rows = await append(world, [
      appendEntry(room, ben, { replyTo: 1, visibleAfter: 1 }),
      appendEntry(room, ben, { replyTo: 2, visibleAfter: 1 }),
      appendEntry(room, ben, { visibleAfter: 9 }),
      { ...reply, id: newId(), visibleAfter: 1 },
    ], versions);
    assert.deepEqual(outcomes(rows), [
      "bad-reply",
      ["stored", 4, 4],
      ["stored", 5, 5],
      ["duplicate", 3, 3],
    ]);
  },
  "finds what was sent before, by whom and as it was sent": async (world) => {
    const { ann, ben, room } = await openRoom(world);
    const versions = new Map([[room, 1]]);
    const plain = appendEntry(room, ann);
    const full = appendEntry(room, ann, { replyTo: 1, mentions: [ben], text: "as it was" });
    await append(world, [plain], versions);
    await append(world, [full], versions);
    const edit = { do: "edit", text: "as it is" } as const;
    const of = { conversation: room, seq: 2, actor: ann, visibleAfter: 0, moderates: false };
    await world.store.lanes[0]?.change([{ ...of, action: edit }], versions);
    const rows = await world.store.lanes[0]?.findSent([
      { ...plain, id: newId() },
      { ...full, id: newId() },
      { ...full, text: "as it is" },
      { ...full, mentions: undefined },
      { ...full, replyTo: undefined },
      { ...plain, mentionsAll: true },
      { ...plain, sender: ben },
      appendEntry(room, ann),
    ]);
    assert.deepEqual(rows?.map((row) => row && "seq" in row ? [row.outcome, row.seq] : row), [
      ["duplicate", 1],
      ["duplicate", 2],
      ...Array(6).fill(undefined),
    ]);
  },
  "stores files with their message, for whoever may read them, and refuses others alone": async (
    world,
  ) => {
    const { ann, ben, room } = await openRoom(world);
    const versions = new Map([[room, 1]]);
    const own = await world.addFile(ann);
    const foreign = await world.addFile(ben);
    const nowhere = newId();
    const rows = await append(world, [
      appendEntry(room, ann, { kind: "file", text: "", attachments: [own.id] }),
      appendEntry(room, ann, { attachments: [own.id, foreign.id] }),
      appendEntry(room, ben, { attachments: [nowhere] }),
      appendEntry(room, ben),
    ], versions);
    assert.deepEqual(rows.map((row) => "seq" in row ? [row.seq, row.attachments] : row), [
      [1, [own]],
      { outcome: "no-file", file: foreign.id },
      { outcome: "no-file", file: nowhere },
      [2, undefined],
    ]);
    // Whoever may read it may send it on, and what is told of it stays.
    const [forwarded] = await append(
      world,
      [appendEntry(room, ben, { text: "look", attachments: [foreign.id, own.id] })],
      versions,
    );
    assert.deepEqual(forwarded && "seq" in forwarded && forwarded.attachments, [foreign, own]);
    const told = async () =>
      (await world.store.readMessages([1, 2, 3].map((seq) => ({ conversation: room, seq }))))
        .toSorted((a, b) => a.seq - b.seq)
        .map(({ kind, text, attachments }) => [kind, text, attachments]);
    assert.deepEqual(await told(), [
      ["file", "", [own]],
      ["text", "hello", undefined],
      ["text", "look", [foreign, own]],
    ]);
    const change = async (seq: number, actor: Id, action: ChangeAction) => {
      const entry = { conversation: room, seq, actor, visibleAfter: 0, moderates: false, action };
      const [row] = await world.store.lanes[0]?.change([entry], versions) ?? [];
      assert.ok(row && "message" in row);
      return row.message;
    };
    const edited = await change(1, ann, { do: "edit", text: "mine" });
    assert.deepEqual([edited.kind, edited.text, edited.attachments], ["text", "mine", [own]]);
    const recalled = await change(3, ben, { do: "recall" });
    assert.deepEqual([recalled.text, recalled.attachments], ["", undefined]);
    assert.deepEqual((await told()).map(([, , attachments]) => attachments), [
      [own],
      undefined,
      undefined,
    ]);
  },
  "takes files from a message that is recalled, also from who sent them on": async (world) => {
    const { ann, ben, room } = await openRoom(world);
    const versions = new Map([[room, 1]]);
    const file = await world.addFile(ann);
    const sendOn = async () => {
      const [row] = await append(
        world,
        [appendEntry(room, ben, { text: "", kind: "file", attachments: [file.id] })],
        versions,
      );
      return row?.outcome;
    };
    assert.equal(await sendOn(), "no-file");
    await append(world, [appendEntry(room, ann, { attachments: [file.id] })], versions);
    assert.equal(await sendOn(), "stored");
    const recall = (actor: Id, seq: number) =>
      world.store.lanes[0]?.change([
        {
          conversation: room,
          seq,
          actor,
          visibleAfter: 0,
          moderates: false,
          action: { do: "recall" },
        },
      ], versions);
    await recall(ann, 1);
    assert.equal(await sendOn(), "stored");
    await recall(ben, 2);
    await recall(ben, 3);
    assert.equal(await sendOn(), "no-file");
    // Nor who came later, of what was said before.
    await append(world, [appendEntry(room, ann, { attachments: [file.id] })], versions);
    const dea = newId();
    await world.addUser(dea);
    await world.addMember(room, dea);
    const late = appendEntry(room, dea, { attachments: [file.id] });
    assert.deepEqual(await append(world, [late], new Map([[room, 2]])), [
      { outcome: "no-file", file: file.id },
    ]);
    await world.showHistory(room, true);
    assert.deepEqual(outcomes(await append(world, [late], new Map([[room, 3]]))), [
      ["stored", 5, 8],
    ]);
  },
  "knows a retry by its files, whatever became of the message": async (world) => {
    const { ann, room } = await openRoom(world);
    const versions = new Map([[room, 1]]);
    const [one, two] = [await world.addFile(ann), await world.addFile(ann)];
    const sent = appendEntry(room, ann, { kind: "file", text: "", attachments: [one.id, two.id] });
    const retries = [
      { ...sent, id: newId() },
      { ...sent, id: newId(), attachments: [two.id, one.id] },
      { ...sent, id: newId(), attachments: [one.id] },
      { ...sent, id: newId(), kind: "text" as const, text: "plain", attachments: undefined },
    ];
    const plain = appendEntry(room, ann, { text: "plain" });
    await append(world, [plain], versions);
    assert.deepEqual(outcomes(await append(world, [sent, ...retries], versions)), [
      ["stored", 2, 2],
      ["duplicate", 2, 2],
      "conflict",
      "conflict",
      "conflict",
    ]);
    const look = async (rev: number) => {
      for (const [index, retry] of retries.entries()) {
        const expected = index === 0 ? ["duplicate", 2, rev] : undefined;
        assert.deepEqual(outcomes(await append(world, [retry], versions)), [
          expected ?? "conflict",
        ]);
        const [found] = await world.store.lanes[0]?.findSent([retry]) ?? [];
        assert.deepEqual(found && outcomes([found])[0], expected);
      }
      const more = { ...plain, id: newId(), attachments: [one.id] };
      assert.deepEqual(outcomes(await append(world, [more], versions)), ["conflict"]);
    };
    const change = (action: ChangeAction) =>
      world.store.lanes[0]?.change([
        { conversation: room, seq: 2, actor: ann, visibleAfter: 0, moderates: false, action },
      ], versions);
    await look(2);
    await change({ do: "edit", text: "both of them" });
    await look(3);
    await change({ do: "recall" });
    await look(4);
  },
  "takes nothing under another version, and still knows its own work": async (world) => {
    const { ann, ben, room } = await openRoom(world);
    const stored = appendEntry(room, ben);
    await append(world, [stored], new Map([[room, 1]]));
    await world.removeMember(room, ben);
    const rows = await append(
      world,
      [stored, appendEntry(room, ben), appendEntry(newId(), ann)],
      new Map([[room, 1]]),
    );
    assert.deepEqual(outcomes(rows), [["stored-before", 1, 1], "stale", "stale"]);
    const [next] = await append(world, [appendEntry(room, ann)], new Map([[room, 2]]));
    assert.deepEqual(outcomes(next === undefined ? [] : [next]), [["stored", 2, 2]]);
  },
  "says who belongs to what since when": async (world) => {
    const place = await openRoom(world);
    const { ann, ben, room } = place;
    await fill(world, place, 3);
    await world.removeMember(room, ben);
    await world.addMember(room, ben);
    await world.showHistory(room, true);
    const nowhere = newId();
    assert.deepEqual(
      await world.store.readMembersRevs([room, nowhere]),
      new Map([[room, 4]]),
    );
    const [found, ...others] = await world.store.readMemberships([room, nowhere]);
    assert.equal(others.length, 0);
    assert.deepEqual(found, {
      conversation: room,
      kind: "group",
      membersRev: 4,
      historyVisible: true,
      open: true,
      members: new Map([[ann, { role: "member", joinedSeq: 0 }], [ben, {
        role: "member",
        joinedSeq: 3,
      }]]),
    });
  },
  "changes messages by what somebody may do, each change at its own rev": async (world) => {
    const place = await openRoom(world);
    const { ann, ben, room } = place;
    await fill(world, place, 3);
    const [lane] = world.store.lanes;
    assert.ok(lane);
    const change = async (actor: Id, seq: number, action: ChangeAction, membersRev = 1) => {
      const entry = { conversation: room, seq, actor, visibleAfter: 1, moderates: false, action };
      const [row] = await lane.change([entry], new Map([[room, membersRev]]));
      assert.ok(row);
      return row.outcome === "changed" ? row.message : row.outcome;
    };
    const plain = (message: Message | string) => {
      if (typeof message === "string") return message;
      const { seq, rev, text, reactions, editedAt, recalledAt } = message;
      return [seq, rev, text, reactions, editedAt !== undefined, recalledAt !== undefined];
    };
    const steps: [Id, number, ChangeAction, unknown][] = [
      [ann, 2, { do: "edit", text: "two" }, [2, 4, "two", undefined, true, false]],
      [ben, 2, { do: "edit", text: "mine" }, "forbidden"],
      [ben, 2, { do: "react", emoji: "👍", on: true }, [2, 5, "two", { "👍": [ben] }, true, false]],
      [ben, 2, { do: "react", emoji: "👍", on: true }, "unchanged"],
      [ben, 1, { do: "react", emoji: "👍", on: true }, "not-found"],
      [ben, 2, { do: "pin", on: true }, "forbidden"],
      [ben, 3, { do: "recall" }, "forbidden"],
      [ann, 3, { do: "recall" }, [3, 6, "", undefined, false, true]],
      [ann, 3, { do: "edit", text: "three" }, "recalled"],
    ];
    for (const [actor, seq, action, expected] of steps) {
      assert.deepEqual(plain(await change(actor, seq, action)), expected);
    }
    assert.equal(await change(ann, 2, { do: "recall" }, 2), "stale");
    const changes = await world.store.readChanges({
      ...{ user: ben, conversation: room, since: 3, limit: 9 },
    });
    assert.deepEqual(
      [changes?.messages.map((message) => [message.seq, message.rev]), changes?.seq, changes?.rev],
      [[[2, 5], [3, 6]], 3, 6],
    );
  },
  "knows a retry of what was changed since": async (world) => {
    const { ann, room } = await openRoom(world);
    const [lane] = world.store.lanes;
    assert.ok(lane);
    const versions = new Map([[room, 1]]);
    const first = appendEntry(room, ann, { text: "before" });
    await append(world, [first], versions);
    const change = (action: ChangeAction) =>
      lane.change(
        [{ conversation: room, seq: 1, actor: ann, visibleAfter: 0, moderates: false, action }],
        versions,
      );
    const retry = async (text: string) =>
      (await append(world, [{ ...first, id: newId(), text }], versions))[0]?.outcome;
    await change({ do: "edit", text: "after" });
    assert.deepEqual([await retry("before"), await retry("after")], ["duplicate", "conflict"]);
    await change({ do: "recall" });
    assert.deepEqual([await retry("before"), await retry("")], ["duplicate", "conflict"]);
  },
  "pages changes up and history down, for members only": async (world) => {
    const place = await openRoom(world);
    const { ann, room } = place;
    await fill(world, place, 5);
    const { store } = world;
    const log = { user: ann, conversation: room };
    const changes = await store.readChanges({ ...log, since: 1, limit: 2 });
    assert.deepEqual([seqs(changes), changes?.seq, changes?.rev], [[[2, 3], true], 5, 5]);
    assert.deepEqual(seqs(await store.readChanges({ ...log, since: 3, limit: 2 })), [
      [4, 5],
      false,
    ]);
    assert.deepEqual(seqs(await store.readChanges({ ...log, since: 9, limit: 2 })), [[], false]);
    assert.deepEqual(seqs(await store.readHistory({ ...log, limit: 2 })), [[4, 5], true]);
    assert.deepEqual(seqs(await store.readHistory({ ...log, before: 3, limit: 2 })), [
      [1, 2],
      false,
    ]);
    const stranger = { user: newId(), conversation: room };
    assert.equal(await store.readChanges({ ...stranger, since: 0, limit: 9 }), undefined);
    assert.equal(await store.readHistory({ ...stranger, limit: 9 }), undefined);
    assert.deepEqual(await store.readMessages([{ conversation: room, seq: 2 }]), [
      changes?.messages[0],
    ]);
  },
  "shows a member what came after them, unless the history is visible": async (world) => {
    const place = await openRoom(world);
    const { ben, room } = place;
    await fill(world, place, 3);
    await world.removeMember(room, ben);
    await world.addMember(room, ben);
    await fill(world, place, 1, 3);
    const log = { user: ben, conversation: room };
    const changes = () => world.store.readChanges({ ...log, since: 0, limit: 9 });
    assert.deepEqual(seqs(await changes()), [[4], false]);
    assert.deepEqual(seqs(await world.store.readHistory({ ...log, limit: 9 })), [[4], false]);
    await world.showHistory(room, true);
    assert.deepEqual(seqs(await changes()), [[1, 2, 3, 4], false]);
  },
  "ends an answer at about 256 KiB": async (world) => {
    const { ann, room } = await openRoom(world);
    const text = "x".repeat(LIMITS.textCharacters);
    const entries = Array.from({ length: 50 }, () => appendEntry(room, ann, { text }));
    await append(world, entries, new Map([[room, 1]]));
    const log = { user: ann, conversation: room, limit: 50 };
    for (
      const page of [
        await world.store.readChanges({ ...log, since: 0 }),
        await world.store.readHistory(log),
      ]
    ) {
      const bytes = JSON.stringify(page).length;
      assert.ok(page?.more && bytes > 0.8 * LIMITS.answerBytes && bytes < 1.2 * LIMITS.answerBytes);
    }
  },
  "tells the heads of those who are members": async (world) => {
    const place = await openRoom(world);
    const { ann, ben, room } = place;
    await fill(world, place, 2);
    await world.store.moveReceipts([
      { user: ben, conversation: room, readSeq: 1, deliveredSeq: 0 },
    ]);
    const expected = [[ann, 2, 2, 0], [ben, 2, 2, 1]].sort();
    const heads = async (found: ReturnType<typeof world.store.readHeads>) =>
      (await found).map(({ user, seq, rev, readSeq }) => [user, seq, rev, readSeq]).sort();
    const users = [ann, ben, newId()];
    assert.deepEqual(await heads(world.store.readHeads([room, newId()], users)), expected);
    assert.deepEqual(await heads(world.store.readRecentHeads(users, 60)), expected);
    assert.deepEqual(await heads(world.store.readHeads([], users)), []);
  },
  "says which conversations are large, for as long as they are": async (world) => {
    const people = Array.from({ length: FOLLOWED }, newId);
    for (const person of people) await world.addUser(person);
    const [ann = "", ben = ""] = people;
    const [room, session] = [newId(), newId()];
    await world.addGroup(room, people);
    await fill(world, { ann, ben, room }, 1);
    await world.addSession(session, ann);
    const { store } = world;
    const large = async () => [
      (await store.readStart(session))?.large,
      ...(await store.readHeads([room], [ann])).map((head) => head.large),
      ...(await store.readRecentHeads([ann], 60)).map((head) => head.large),
    ];
    assert.deepEqual(await large(), [[room], true, true]);
    await world.removeMember(room, ben);
    assert.deepEqual(await large(), [[], false, false]);
  },
  "moves receipts forward only, and never past the end": async (world) => {
    const place = await openRoom(world);
    const { ann, ben, room } = place;
    await fill(world, place, 4);
    const move = (user: Id, readSeq: number, deliveredSeq: number) =>
      world.store.moveReceipts([{ user, conversation: room, readSeq, deliveredSeq }]);
    const at = (readSeq: number, deliveredSeq: number, moved: boolean) => [
      { readSeq, deliveredSeq, moved, membersRev: 1 },
    ];
    assert.deepEqual(await move(ben, 0, 2), at(0, 2, true));
    assert.deepEqual(await move(ben, 1, 0), at(1, 2, true));
    assert.deepEqual(await move(ben, 0, 1), at(1, 2, false));
    assert.deepEqual(await move(ben, 3, 2), at(3, 3, true));
    assert.deepEqual(await move(ben, 99, 0), at(4, 4, true));
    const stranger = newId();
    const many = [[stranger, room], [ann, room], [ben, room], [ann, newId()]] as const;
    const moves = many.map(([user, conversation]) => ({
      ...{ user, conversation, readSeq: 2, deliveredSeq: 3 },
    }));
    assert.deepEqual(await world.store.moveReceipts(moves), [
      undefined,
      ...at(2, 3, true),
      ...at(4, 4, false),
      undefined,
    ]);
    assert.deepEqual(await world.store.moveReceipts([]), []);
  },
  "says of a direct conversation whether the two may write to each other": async (world) => {
    const { ann, ben, room } = await openRoom(world);
    const direct = await world.addContacts(ann, ben);
    const seats = async () => {
      const found = await world.store.readSeats([
        { conversation: direct, user: ben },
        { conversation: direct, user: newId() },
        { conversation: room, user: ann },
      ]);
      const [membership] = await world.store.readMemberships([direct]);
      assert.equal(found[0]?.membersRev, membership?.membersRev);
      return [...found.map((seat) => seat?.mayWrite), membership?.open];
    };
    const before = (await world.store.readMemberships([direct]))[0]?.membersRev ?? 0;
    assert.deepEqual(await seats(), [true, undefined, true, true]);
    for (const [user, other] of [[ann, ben], [ben, ann]] as const) {
      await world.block(user, other, true);
      assert.deepEqual(await seats(), [false, undefined, true, false]);
      await world.block(user, other, false);
    }
    assert.deepEqual(await seats(), [true, undefined, true, true]);
    const after = (await world.store.readMemberships([direct]))[0]?.membersRev ?? 0;
    // Each of the four changes is another version, which appends that checked the last one meet.
    assert.equal(after - before, 4);
  },
  "lets contacts know how the other is, but whom they block": async (world) => {
    const { ann, ben } = await openRoom(world);
    const cat = newId();
    await world.addUser(cat);
    await world.addContacts(ann, ben);
    await world.addContacts(ann, cat);
    const watchable = async (...viewers: Id[]) => {
      const users = [cat, ann, ben, newId()];
      const found = await world.store.readWatchable(
        viewers.flatMap((viewer) => users.map((user) => ({ viewer, user }))),
      );
      return new Map(
        found.map(({ viewer, user, hiddenSince }) => [`${viewer} ${user}`, hiddenSince]),
      );
    };
    const free = [`${ann} ${ben}`, `${ann} ${cat}`, `${ben} ${ann}`];
    const all = new Map(free.map((pair) => [pair, null]));
    assert.deepEqual(await watchable(ann, ben), all);
    assert.deepEqual(await watchable(), new Map());
    await world.block(ben, ann, true);
    const blocked = await watchable(ann, ben);
    assert.deepEqual([...blocked.keys()].sort(), free.slice(0, 2).sort());
    assert.equal(blocked.get(`${ann} ${cat}`), null);
    // Written as every time is: another precision would tell it from a departure.
    const since = String(blocked.get(`${ann} ${ben}`));
    assert.equal(new Date(since).toISOString(), since);
    await world.block(ben, ann, true);
    assert.deepEqual(await watchable(ann, ben), blocked);
    await world.block(ben, ann, false);
    assert.deepEqual(await watchable(ann, ben), all);
  },
  "starts a connection by a ticket, once, for as long as the session lives": async (world) => {
    const place = await openRoom(world);
    const { ann, room } = place;
    const [session, hash, late] = [newId(), newId(), newId()];
    await world.addSession(session, ann);
    await world.addTicket({ hash, session, node: "a", seconds: 30 });
    await world.addTicket({ hash: late, session, node: "a", seconds: 0 });
    const { store } = world;
    assert.equal(await store.useTicket(hash, "b"), undefined);
    assert.equal(await store.useTicket(late, "a"), undefined);
    assert.deepEqual(await store.useTicket(hash, "a"), { session, user: ann });
    assert.equal(await store.useTicket(hash, "a"), undefined);
    await fill(world, place, 2);
    const start = await store.readStart(session);
    assert.deepEqual(start?.heads, [{ conversation: room, seq: 2, rev: 2, readSeq: 0 }]);
    assert.deepEqual(start?.large, []);
    const before = (await store.readEndedSessions(0)).now;
    await world.addTicket({ hash, session, node: "a", seconds: 30 });
    await world.endSession(session);
    assert.equal(await store.useTicket(hash, "a"), undefined);
    assert.equal(await store.readStart(session), undefined);
    const ended = await store.readEndedSessions(before - 1);
    assert.ok(ended.sessions.includes(session));
    assert.ok(!(await store.readEndedSessions(ended.now + 1)).sessions.includes(session));
  },
  "shows a person's conversations as the gate does": async (world) => {
    const place = await openRoom(world);
    const { ann, ben, room } = place;
    await fill(world, place, 3);
    await world.store.moveReceipts([
      { user: ben, conversation: room, readSeq: 1, deliveredSeq: 0 },
    ]);
    const list = async (user: Id) =>
      (await world.listConversations(user)).map((
        { id, seq, rev, readSeq, unread, lastMessage },
      ) => [id, seq, rev, readSeq, unread, lastMessage?.seq]);
    assert.deepEqual(await list(ann), [[room, 3, 3, 0, 0, 3]]);
    assert.deepEqual(await list(ben), [[room, 3, 3, 1, 2, 3]]);
    await world.removeMember(room, ben);
    assert.deepEqual(await list(ben), []);
    await world.addMember(room, ben);
    assert.deepEqual(await list(ben), [[room, 3, 3, 0, 0, undefined]]);
    const members = await world.readMembers(room);
    assert.deepEqual(
      members.map(({ user, joinedSeq, readSeq }) => [user.id, joinedSeq, readSeq]),
      [[ann, 0, 0], [ben, 3, 0]],
    );
  },
};

import assert from "node:assert/strict";
import { createClient } from "../../client/client.ts";
import { createMemoryOutboxStorage } from "../../client/outbox_storage.ts";
import { testOnDatabases } from "../support/databases.ts";
import { befriend, signInAgain, signUp, texts, until } from "../support/people.ts";
import { startTestServer } from "../support/test_server.ts";

testOnDatabases("Client: two people sign up, become contacts and talk", async (kind) => {
  await using place = await kind.create();
  await using server = await startTestServer(place.config);
  await using ann = await signUp(server.origin);
  await using ben = await signUp(server.origin);
  await until(
    "both are connected",
    () => [ann, ben].every(({ client }) => client.connection.state().name === "ready"),
  );
  const room = await befriend(ann, ben);
  await Promise.all([ann.client.thread.open(room), ben.client.thread.open(room)]);

  const stateOfBen = () =>
    ann.client.contacts.view().contacts.find(({ user }) => user.id === ben.id)?.presence.state;
  await until("Ann sees that Ben is there", () => stateOfBen() === "online");
  ben.client.presence.set("busy");
  await until("Ann sees that Ben is busy", () => stateOfBen() === "busy");
  ann.client.thread.typing(room, true);
  await until(
    "Ben sees that Ann is typing",
    () => ben.client.thread.view(room).typers.includes(ann.id),
  );
  assert.deepEqual(ann.client.thread.view(room).typers, []);

  await ann.client.thread.send(room, "hello Ben");
  await until("Ben has it", () => texts(ben, room).length === 1);
  assert.deepEqual(ben.client.thread.view(room).typers, []);
  await ben.client.thread.send(room, "你好 Ann");
  await until("Ann has both", () => texts(ann, room).length === 2);
  assert.deepEqual(texts(ann, room), ["hello Ben", "你好 Ann"]);
  assert.deepEqual(texts(ben, room), texts(ann, room));
  assert.deepEqual(ann.client.thread.view(room).pending, []);

  assert.equal(ann.client.conversations.get(room)?.unread, 1);
  // Behind the first message of all, which says that the two are contacts.
  ann.client.thread.markRead(room, 3);
  assert.equal(ann.client.conversations.get(room)?.unread, 0);
  await until(
    "Ben sees that Ann read it",
    () => ben.client.conversations.get(room)?.othersRead === 3,
  );

  await using phone = await signInAgain(server.origin, ann);
  await until("the phone knows the list", () => phone.client.conversations.list().length === 1);
  const [row] = phone.client.conversations.list();
  assert.equal(row?.unread, 0);
  assert.equal(row?.lastMessage?.text, "你好 Ann");
  await phone.client.thread.send(room, "from my phone");
  await until("Ann's other device has it", () => texts(ann, room).length === 3);
  assert.equal(ann.client.conversations.get(room)?.unread, 0);
});

testOnDatabases("Client keeps what is typed while a message is being stored", async (kind) => {
  await using place = await kind.create();
  await using server = await startTestServer(place.config);
  const storage = createMemoryOutboxStorage();
  const stored = Promise.withResolvers<void>();
  await using ann = await signUp(server.origin, {
    outboxStorage: {
      ...storage,
      put: async (account, send) => {
        await stored.promise;
        await storage.put(account, send);
      },
    },
  });
  await using ben = await signUp(server.origin);
  const room = await befriend(ann, ben);
  const { conversations, thread } = ann.client;
  const draft = () => conversations.get(room)?.draft;
  conversations.setDraft(room, "one");
  const sent = thread.send(room, "one");
  conversations.setDraft(room, "two");
  stored.resolve();
  await sent;
  assert.equal(draft(), "two");
  await thread.send(room, "two");
  assert.equal(draft(), "", "what was sent is a draft no longer");
});

Deno.test("Client refuses by its promises what needs someone to be signed in", async () => {
  const { me, thread, conversations, contacts, groups, invites, security } = createClient({
    origin: "http://server",
    credentials: "body",
  });
  const asked: Record<string, () => Promise<unknown>> = {
    open: () => thread.open("room"),
    loadOlder: () => thread.loadOlder("room"),
    send: () => thread.send("room", "hello"),
    retry: () => thread.retry("message"),
    discard: () => thread.discard("message"),
    openDirect: () => conversations.openDirect("someone"),
    request: () => contacts.request("someone"),
    accept: () => contacts.accept("request"),
    decline: () => contacts.decline("request"),
    withdraw: () => contacts.withdraw("request"),
    search: () => contacts.search("someone"),
    changeAlias: () => contacts.changeAlias("someone", "alias"),
    removeContact: () => contacts.remove("someone"),
    block: () => contacts.block("someone"),
    unblock: () => contacts.unblock("someone"),
    changeMe: () => me.change({ bio: "hello" }),
    sessions: () => security.sessions(),
    securityEvents: () => security.events(),
    endSession: () => security.endSession("session"),
    endOtherSessions: () => security.endOtherSessions(),
    changePassword: () => security.changePassword("current", "password"),
    changeEmail: () => security.changeEmail({ email: "e", code: "123456", password: "p" }),
    deleteAccount: () => security.deleteAccount("password"),
    setMuted: () => conversations.setMuted("room", null),
    setPinned: () => conversations.setPinned("room", true),
    setHidden: () => conversations.setHidden("room", true),
    markUnread: () => thread.markUnread("room", true),
    forward: () =>
      thread.forward({
        ...{ id: "m", conversation: "c", seq: 1, rev: 1, sender: "s" },
        ...{ clientId: "k", kind: "text", text: "hello", at: "2026-01-01T00:00:00.000Z" },
      }, ["room"]),
    edit: () => thread.edit("room", 1, "hello"),
    recall: () => thread.recall("room", 1),
    react: () => thread.react("room", 1, "👍", true),
    pin: () => thread.pin("room", 1, true),
    pins: () => thread.pins("room"),
    createGroup: () => groups.create("title", []),
    changeGroup: () => groups.change("room", { title: "title" }),
    addMembers: () => groups.addMembers("room", ["someone"]),
    removeMember: () => groups.removeMember("room", "someone"),
    leave: () => groups.leave("room"),
    changeRole: () => groups.changeRole("room", "someone", "admin"),
    silence: () => groups.silence("room", "someone", null),
    transfer: () => groups.transfer("room", "someone"),
    createForGroup: () => invites.createForGroup("room"),
    revokeForGroup: () => invites.revokeForGroup("room"),
    createPersonal: () => invites.createPersonal(),
    revokePersonal: () => invites.revokePersonal(),
    preview: () => invites.preview("token"),
    acceptInvite: () => invites.accept("token"),
  };
  for (const [what, ask] of Object.entries(asked)) {
    let answer: Promise<unknown> | undefined;
    assert.doesNotThrow(() => answer = ask(), what);
    await assert.rejects(answer ?? Promise.resolve(), { code: "unauthenticated" }, what);
  }
});

testOnDatabases("Client: a group is made, changed, joined by link and left", async (kind) => {
  await using place = await kind.create();
  await using server = await startTestServer(place.config);
  await using ann = await signUp(server.origin);
  await using ben = await signUp(server.origin);
  await using cid = await signUp(server.origin);
  const all = [ann, ben, cid];
  await until(
    "all are connected",
    () => all.every(({ client }) => client.connection.state().name === "ready"),
  );
  const direct = await befriend(ann, ben);
  const { id } = await ann.client.groups.create("Lunch", [ben.id]);
  await until("Ben knows it", () => ben.client.conversations.get(id) !== undefined);
  await Promise.all([ann, ben].map(({ client }) => client.thread.open(id)));

  const { token } = await ann.client.invites.createForGroup(id, { maxUses: 1 });
  const preview = await cid.client.invites.preview(token);
  assert.deepEqual([preview.kind, preview.kind === "group" && preview.memberCount], ["group", 2]);
  await cid.client.invites.accept(token);
  await cid.client.thread.open(id);
  await until(
    "everybody sees the three of them",
    () => all.every(({ client }) => client.conversations.get(id)?.members.length === 3),
  );

  const said = await ben.client.thread.send(id, "who is hungry?", { mentions: [ann.id] });
  await until("Ann is named", () => ann.client.conversations.get(id)?.mentions === 1);
  const question = ann.client.thread.view(id).messages.find(({ clientId }) => clientId === said);
  assert.ok(question);
  await ann.client.thread.send(id, "everybody", { replyTo: question.seq, mentionsAll: true });
  await cid.client.thread.react(id, question.seq, "🍜", true);
  await ben.client.thread.edit(id, question.seq, "who is hungry now?");
  await ann.client.thread.pin(id, question.seq, true);
  const shown = ({ client }: typeof ann) =>
    client.thread.view(id).messages.find(({ seq }) => seq === question.seq);
  await until(
    "all see what became of it",
    () => all.every((person) => shown(person)?.pinned && shown(person)?.reactions !== undefined),
  );
  assert.equal(shown(cid)?.text, "who is hungry now?");
  const pins = await cid.client.thread.pins(id);
  assert.deepEqual(pins.map(({ seq }) => seq), [question.seq]);
  await ben.client.thread.recall(id, question.seq);
  await until("Ann is named no longer", () => ann.client.conversations.get(id)?.mentions === 0);

  await ann.client.groups.changeRole(id, ben.id, "admin");
  await ben.client.groups.change(id, { title: "Dinner", announcement: "at eight" });
  await until(
    "all see the new title",
    () => all.every(({ client }) => client.conversations.get(id)?.info.title === "Dinner"),
  );
  await ann.client.groups.transfer(id, ben.id);
  await until("Ben owns it", () => ben.client.conversations.get(id)?.info.role === "owner");
  await ben.client.groups.removeMember(id, cid.id);
  await until("Cid is out", () => cid.client.conversations.get(id) === undefined);
  await assert.rejects(cid.client.invites.preview(token), { code: "gone" });
  await ann.client.groups.leave(id);
  assert.equal(ann.client.conversations.get(id), undefined);
  await until(
    "Ben sees that he is alone",
    () => ben.client.conversations.get(id)?.members.length === 1,
  );

  await using phone = await signInAgain(server.origin, ann);
  await until("the phone is ready", () => phone.client.conversations.get(direct) !== undefined);
  ann.client.conversations.setDraft(direct, "dear Ben");
  await ann.client.conversations.flushDrafts();
  await ann.client.conversations.setPinned(direct, true);
  await until("the phone has the draft", () => {
    const view = phone.client.conversations.get(direct);
    return view?.draft === "dear Ben" && view.info.pinned;
  });
  await phone.client.thread.send(direct, "dear Ben, …");
  await until("Ann's draft is gone", () => ann.client.conversations.get(direct)?.draft === "");
});

import assert from "node:assert/strict";
import { Conversation, Invite, InvitePreview } from "../../lib/protocol/model.ts";
import { connectChat, isType } from "../support/chat_client.ts";
import { testWithServer } from "../support/shared_server.ts";
import { type Person, signUp } from "../support/api_server.ts";

async function makeGroup(maker: Person): Promise<string> {
  const group = { kind: "group", title: "Trip", members: [] };
  return String((await maker.call("POST", "/conversations", group)).body.id);
}

testWithServer("groupInvites gives a link by which people join", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await makeGroup(ann);
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  const before = Date.now();
  const made = await ann.call("POST", `/conversations/${id}/invites`, {});
  assert.equal(made.status, 201);
  const { token, url, expiresAt } = Invite.strict().parse(made.body);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(url, `${server.origin}/#/join/${token}`);
  const week = 7 * 24 * 3600_000;
  assert.ok(Math.abs(Date.parse(expiresAt) - before - week) < 60_000, expiresAt);
  const stored = await server.database.sql`select from invites where hash = ${token}`;
  assert.equal(stored.length, 0);

  const shown = await ben.call("GET", `/invites/${token}`);
  assert.equal(shown.status, 200);
  const group = { kind: "group", title: "Trip", avatar: null, memberCount: 1, conversation: null };
  assert.deepEqual(InvitePreview.parse(shown.body), { ...group, expiresAt });
  const joined = await ben.call("POST", `/invites/${token}/accept`);
  assert.equal(joined.status, 200);
  Conversation.strict().parse(joined.body);
  assert.deepEqual([String(joined.body.id), String(joined.body.role)], [id, "member"]);
  const told = await atBen.find((frame) => isType(frame, "conversation"), "the group");
  assert.deepEqual(told.conversation, joined.body);
  const { message } = await atAnn.find((frame) => isType(frame, "message"), "the newcomer");
  assert.deepEqual(message?.event, { type: "joined", by: ben.id, users: [ben.id] });
  const again = await ben.call("POST", `/invites/${token}/accept`);
  assert.deepEqual([again.status, String(again.body.id)], [200, id]);
  const seen = await ben.call("GET", `/invites/${token}`);
  assert.deepEqual([String(seen.body.conversation), Number(seen.body.memberCount)], [id, 2]);

  const forbidden = await ben.call("POST", `/conversations/${id}/invites`, {});
  assert.deepEqual([forbidden.status, String(forbidden.body.code)], [403, "forbidden"]);
  assert.equal((await ben.call("DELETE", `/conversations/${id}/invites`)).status, 403);
  assert.equal((await ann.call("DELETE", `/conversations/${id}/invites`)).status, 204);
  const cat = await signUp(server);
  for (const [method, path] of [["GET", ""], ["POST", "/accept"]]) {
    const gone = await cat.call(method ?? "", `/invites/${token}${path}`);
    assert.deepEqual([gone.status, String(gone.body.code)], [410, "gone"]);
    const unknown = await cat.call(method ?? "", `/invites/${token.slice(1)}${path}`);
    assert.deepEqual([unknown.status, String(unknown.body.code)], [404, "not-found"]);
    const anonymous = await server.call(method ?? "", `/invites/${token}${path}`);
    assert.equal(anonymous.status, 401);
  }
});

testWithServer("groupInvites links to where it was asked, through a proxy too", async (server) => {
  const ann = await signUp(server);
  const id = await makeGroup(ann);
  const { body } = await server.call("POST", `/conversations/${id}/invites`, {
    token: ann.grant.accessToken,
    body: {},
    headers: { origin: `https://127.0.0.1:${server.port}` },
  });
  assert.equal(String(body.url), `https://127.0.0.1:${server.port}/#/join/${body.token}`);
});

testWithServer("groupInvites refuses times and counts that make no sense", async (server) => {
  const ann = await signUp(server);
  const id = await makeGroup(ann);
  const bodies = [
    { expiresIn: 59 },
    { expiresIn: 30 * 24 * 3600 + 1 },
    { maxUses: 0 },
    {
      maxUses: 5_001,
    },
    { expiresIn: 60.5 },
    { uses: 1 },
  ];
  for (const body of bodies) {
    for (const path of [`/conversations/${id}/invites`, "/me/invites"]) {
      assert.equal((await ann.call("POST", path, body)).status, 422, JSON.stringify(body));
    }
  }
  const longest = { expiresIn: 30 * 24 * 3600, maxUses: 5_000 };
  assert.equal((await ann.call("POST", `/conversations/${id}/invites`, longest)).status, 201);
});

testWithServer("personalInvites makes contacts of two people, and tells both", async (server) => {
  const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  const made = await ann.call("POST", "/me/invites", { maxUses: 2 });
  assert.equal(made.status, 201);
  const { token, url, expiresAt } = Invite.strict().parse(made.body);
  assert.equal(url, `${server.origin}/#/join/${token}`);
  const shown = InvitePreview.parse((await ben.call("GET", `/invites/${token}`)).body);
  assert.ok(shown.kind === "contact");
  assert.deepEqual([shown.from.id, shown.relation, shown.expiresAt], [ann.id, "none", expiresAt]);
  const own = await ann.call("POST", `/invites/${token}/accept`);
  assert.deepEqual([own.status, String(own.body.code)], [409, "conflict"]);
  const accepted = await ben.call("POST", `/invites/${token}/accept`);
  assert.equal(accepted.status, 200);
  const conversation = Conversation.strict().parse(accepted.body);
  assert.deepEqual([conversation.kind, conversation.peer?.id], ["direct", ann.id]);
  for (const [chat, other] of [[atAnn, ben], [atBen, ann]] as const) {
    const contact = await chat.find((frame) => isType(frame, "contact"), "the new contact");
    assert.deepEqual([contact.change, contact.user?.id].map(String), ["accepted", other.id]);
    const told = await chat.find((frame) => isType(frame, "conversation"), "the conversation");
    assert.equal(String(told.conversation?.id), conversation.id);
  }
  const again = await ben.call("POST", `/invites/${token}/accept`);
  assert.deepEqual([again.status, String(again.body.id)], [200, conversation.id]);
  assert.equal(atAnn.frames.filter((frame) => isType(frame, "contact")).length, 1);
  assert.equal((await ann.call("DELETE", "/me/invites")).status, 204);
  assert.equal((await cat.call("POST", `/invites/${token}/accept`)).status, 410);
});

import assert from "node:assert/strict";
import { connectChat, isType } from "../support/chat_client.ts";
import { arrayLiteral } from "../../lib/sql/open.ts";
import { seedCrowd } from "../support/seed_groups.ts";
import { testWithServer } from "../support/shared_server.ts";
import { befriend, newName, signUp } from "../support/api_server.ts";

testWithServer("contactRequests asks and accepts, and tells both", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  const asked = await ann.call("POST", "/contact-requests", { user: ben.id, greeting: "Hi 👋" });
  assert.equal(asked.status, 201);
  assert.deepEqual(
    [asked.body.from?.id, asked.body.to?.id, asked.body.greeting].map(String),
    [ann.id, ben.id, "Hi 👋"],
  );
  const told = await atBen.find((frame) => isType(frame, "contact"), "the request");
  assert.deepEqual([String(told.change), told.request, String(told.user?.id)], [
    "requested",
    asked.body,
    ann.id,
  ]);
  assert.equal(String((await ann.call("GET", `/users/${ben.id}`)).body.relation), "requested");
  assert.equal(String((await ben.call("GET", `/users/${ann.id}`)).body.relation), "incoming");

  const accepted = await ben.call("POST", `/contact-requests/${asked.body.id}/accept`, {
    alias: "Annie",
  });
  assert.equal(accepted.status, 200);
  const { contact, conversation } = accepted.body;
  assert.deepEqual([contact?.user?.id, contact?.alias, contact?.conversation].map(String), [
    ann.id,
    "Annie",
    String(conversation?.id),
  ]);
  assert.equal(String(conversation?.peer?.id), ann.id);
  const event = await atAnn.find(
    (frame) => isType(frame, "contact") && String(frame.change) === "accepted",
    "the acceptance",
  );
  assert.equal(String(event.user?.id), ben.id);
  const mine = await atAnn.find((frame) => isType(frame, "conversation"), "the conversation");
  assert.equal(String(mine.conversation?.peer?.id), ben.id);
  const lists = (await ann.call("GET", "/contacts")).body;
  assert.deepEqual(
    [lists.contacts, lists.incoming, lists.outgoing, lists.blocked].map((list) => list?.length),
    [1, 0, 0, 0],
  );
  assert.equal(
    (await ben.call("POST", `/contact-requests/${asked.body.id}/accept`, {})).status,
    404,
  );
});

testWithServer(
  "contactRequests joins requests that cross, also at the same moment",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    const answers = await Promise.all([
      ann.call("POST", "/contact-requests", { user: ben.id }),
      ben.call("POST", "/contact-requests", { user: ann.id }),
    ]);
    // The first of them may learn of the other's before it answers.
    const statuses = answers.map(({ status }) => status);
    assert.ok(statuses.includes(200), String(statuses));
    assert.ok(statuses.every((status) => status === 200 || status === 201), String(statuses));
    const again = await ann.call("POST", "/contact-requests", { user: ben.id });
    assert.deepEqual([again.status, String(again.body.code)], [409, "conflict"]);
  },
);

testWithServer(
  "contactRequests declines, and lets nobody answer another's request",
  async (server) => {
    const people = [await signUp(server), await signUp(server), await signUp(server)];
    const [ann, ben, cat] = people;
    assert.ok(ann && ben && cat);
    const { body } = await ann.call("POST", "/contact-requests", { user: ben.id });
    for (const person of [ann, cat]) {
      for (const answer of ["accept", "decline"]) {
        const { status } = await person.call("POST", `/contact-requests/${body.id}/${answer}`, {});
        assert.equal(status, 404);
      }
    }
    assert.equal((await ben.call("POST", `/contact-requests/${body.id}/decline`)).status, 204);
    assert.equal((await ben.call("POST", `/contact-requests/${body.id}/decline`)).status, 404);
    assert.equal(String((await ben.call("GET", `/users/${ann.id}`)).body.relation), "none");
  },
);

testWithServer(
  "contactRequests tells of a request again only where it says more",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    await using atBen = await connectChat(server, ben);
    const ask = async (greeting: string) => {
      const { status, body } = await ann.call("POST", "/contact-requests", {
        user: ben.id,
        greeting,
      });
      return [status, String(body.id), String(body.greeting)];
    };
    const [, id] = await ask("Hi");
    for (const greeting of ["Hi", "Hi", "Hi 👋", "Hi 👋"]) {
      assert.deepEqual(await ask(greeting), [201, id, greeting]);
    }
    // What is told after it on the same way comes, so the rest would have come before it.
    const cat = await signUp(server);
    await cat.call("POST", "/contact-requests", { user: ben.id, greeting: "me" });
    const told = () =>
      atBen.frames.filter((frame) => isType(frame, "contact"))
        .map(({ request }) => String(request?.greeting));
    await atBen.find(
      (frame) => isType(frame, "contact") && String(frame.user?.id) === cat.id,
      "the last",
    );
    assert.deepEqual(told(), ["Hi", "Hi 👋", "me"]);
  },
);

testWithServer("contactRequests refuses more than five hundred that are open", async (server) => {
  const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
  const { sql } = server.database;
  const asked = await seedCrowd(sql, 500);
  await sql`
    insert into contact_requests (id, from_id, to_id, greeting)
    select gen_random_uuid(), ${ann.id}::uuid, o, '' from unnest(${arrayLiteral(asked)}::uuid[]) o`;
  const refused = await ann.call("POST", "/contact-requests", { user: ben.id });
  assert.deepEqual([refused.status, String(refused.body.code)], [409, "conflict"]);
  // What is open may be said otherwise, and who asked oneself may be answered by asking.
  const again = { user: asked[0], greeting: "please" };
  assert.equal((await ann.call("POST", "/contact-requests", again)).status, 201);
  await cat.call("POST", "/contact-requests", { user: ann.id });
  assert.equal((await ann.call("POST", "/contact-requests", { user: cat.id })).status, 200);
  // One that is answered makes room for another.
  await sql`delete from contact_requests where from_id = ${ann.id} and to_id = ${asked[1] ?? ""}`;
  assert.equal((await ann.call("POST", "/contact-requests", { user: ben.id })).status, 201);
});

testWithServer("contactRequests refuses oneself and people who do not exist", async (server) => {
  const ann = await signUp(server);
  const own = await ann.call("POST", "/contact-requests", { user: ann.id });
  assert.equal(String(own.body.code), "conflict");
  const user = "00000000-0000-7000-8000-000000000001";
  assert.equal((await ann.call("POST", "/contact-requests", { user })).status, 404);
});

testWithServer(
  "users finds by address, name and beginning, and knows the relation",
  async (server) => {
    const [ann, ben] = [await signUp(server, `zoe_${newName()}`), await signUp(server)];
    await befriend(ann, ben);
    for (const query of [ann.email, ann.name, ann.name.toUpperCase(), "zoe_p"]) {
      const { body } = await ben.call("GET", `/users?query=${encodeURIComponent(query)}`);
      assert.deepEqual([String(body.users?.[0]?.id), String(body.users?.[0]?.relation)], [
        ann.id,
        "contact",
      ], query);
      assert.equal(body.users?.[0]?.email, undefined);
    }
    for (const query of ["%", "_", "\\", "zo%", "example.org"]) {
      const { body } = await ben.call("GET", `/users?query=${encodeURIComponent(query)}`);
      assert.equal(body.users?.length, 0, query);
    }
  },
);

testWithServer("users lists nobody for a blank query", async (server) => {
  const ann = await signUp(server);
  const { status, body } = await ann.call("GET", "/users?query=%20");
  assert.ok(status === 422 || body.users?.length === 0, `${status}, ${body.users?.length} people`);
});

import assert from "node:assert/strict";
import { ContactLists } from "../../lib/protocol/model.ts";
import { connectChat } from "../support/chat_client.ts";
import { eventually } from "../support/deadline.ts";
import { befriend, signUp, startTestServer } from "../support/api_server.ts";

const CONTACTS = 2_000;

Deno.test({
  name: "contacts answers two thousand at once, with presence and what is unread",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "parley-kv-" });
    cleanup.defer(() => Deno.remove(folder, { recursive: true }));
    // A file, as in earnest: what is in memory alone would be quicker.
    await using server = await startTestServer({ kvPath: `${folder}/kv.sqlite` });
    const [ann, ben] = [await signUp(server), await signUp(server)];
    await befriend(ann, ben);
    await using _atBen = await connectChat(server, ben);
    const { sql } = server.database;
    await sql`
      insert into users (id, username, email, display_name, password_hash)
      select gen_random_uuid(), 'many' || n, 'many' || n || '@example.org', 'Many ' || n, ''
      from generate_series(1, ${CONTACTS - 1}::int) n`;
    await sql`
      with made as (
        insert into conversations (id, kind, seq, rev, member_count)
        select u.id, 'direct', 3, 3, 2 from users u where u.username ~ '^many[0-9]+$' returning id
      ), seats as (
        insert into members (conversation_id, user_id)
        select id, id from made union all select id, ${ann.id}::uuid from made
      )
      insert into contacts (user_id, contact_id, conversation_id)
      select ${ann.id}::uuid, id, id from made union all select id, ${ann.id}::uuid, id from made`;
    await sql`
      insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text, created_at)
      select c.contact_id, n, n, gen_random_uuid(), c.contact_id, gen_random_uuid(), 'text', 'x', now()
      from contacts c join users u on u.id = c.contact_id and u.username ~ '^many[0-9]+$',
        generate_series(1, 3) n`;
    await sql`analyze`;
    const times: number[] = [];
    const load = async () => {
      const start = performance.now();
      const { status, body } = await ann.call("GET", "/contacts");
      times.push(performance.now() - start);
      assert.equal(status, 200);
      return ContactLists.parse(body).contacts;
    };
    const stateOf = (contacts: ContactLists["contacts"]) =>
      contacts.find(({ user }) => user.id === ben.id)?.presence.state;
    await eventually(async () => stateOf(await load()) === "online", "that one is there");
    const contacts = await load();
    assert.equal(contacts.length, CONTACTS);
    assert.equal(contacts.filter(({ unread }) => unread === 3).length, CONTACTS - 1);
    assert.equal(
      contacts.filter(({ presence }) => presence.state === "offline").length,
      CONTACTS - 1,
    );
    // Not a measure of speed: something that is done for each would take far longer.
    assert.ok(Math.min(...times) < 3_000, times.join());
  },
});

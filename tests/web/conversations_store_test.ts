/// <reference lib="dom" />
import assert from "node:assert/strict";
import { createEvents } from "../../client/events.ts";
import type { ClientEvents, ConversationView } from "../../client/views.ts";
import { createConversationsStore } from "../../web/stores/conversations.ts";
import { conversationOf } from "../support/fake_server.ts";
import { turns } from "../support/fake_sign_in.ts";

function view(id: string, more: Partial<ConversationView> = {}): ConversationView {
  return {
    info: conversationOf(id),
    members: [],
    unread: 0,
    mentions: 0,
    typers: [],
    draft: "",
    lastMessage: null,
    othersDelivered: 0,
    othersRead: 0,
    ...more,
  };
}

/** A client whose list is `list`, and which counts how often it was asked for it. */
function createStore(list: ConversationView[]) {
  const events = createEvents<ClientEvents>();
  const asked = { times: 0 };
  const store = createConversationsStore({
    on: events.on,
    conversations: {
      list: () => {
        asked.times++;
        return [...list];
      },
      get: (id) => list.find(({ info }) => info.id === id),
    },
  });
  return { store, events, asked };
}

Deno.test("ConversationsStore makes the list once for all that changes in one go", async () => {
  const list: ConversationView[] = [];
  const { store, events, asked } = createStore(list);
  const before = asked.times;
  for (let at = 0; at < 2_000; at++) {
    list.push(view(`c${at}`));
    events.emit("conversations", undefined);
  }
  await turns();
  assert.equal(store.list.value.length, 2_000);
  assert.equal(asked.times - before, 1);
  list.pop();
  events.emit("conversations", undefined);
  await turns();
  assert.equal(store.list.value.length, 1_999);
});

Deno.test("ConversationsStore counts of what is muted only the mentions", () => {
  const info = conversationOf("muted");
  const { store } = createStore([
    view("loud", { unread: 3, mentions: 1 }),
    view("muted", {
      info: { ...info, mutedUntil: "9999-12-31T00:00:00.000Z" },
      unread: 40,
      mentions: 2,
    }),
    view("over", { info: { ...info, mutedUntil: "2020-01-01T00:00:00.000Z" }, unread: 7 }),
  ]);
  assert.equal(store.unread.value, 3 + 2 + 7);
});

Deno.test("ConversationsStore does not take a connection for a list", async () => {
  const { store, events } = createStore([]);
  events.emit("connection", { name: "ready" });
  await turns();
  assert.equal(store.loaded.value, false);
  events.emit("conversations", undefined);
  await turns();
  assert.equal(store.loaded.value, true);
});

Deno.test("ConversationsStore shows nothing of an account that was left in the same turn", async () => {
  const { store, events } = createStore([view("theirs")]);
  events.emit("conversations", undefined);
  events.emit("session", { name: "signed-out" });
  await turns();
  assert.deepEqual(store.list.value, []);
  assert.equal(store.loaded.value, false);
});

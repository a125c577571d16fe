/// <reference lib="dom" />
import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import type { Client } from "../../client/client.ts";
import { createEvents } from "../../client/events.ts";
import type { ClientEvents } from "../../client/views.ts";
import type { LinkPreview } from "../../lib/protocol/model.ts";
import { createLinkPreviewsStore } from "../../web/stores/link_previews.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

const found: LinkPreview = {
  ...{ id: "1", url: "https://a.example/", title: "A", description: "", site: "a.example" },
};

function open(answer: (url: string) => LinkPreview | null, kept = new Map<string, string>()) {
  const asked: string[] = [];
  const events = createEvents<ClientEvents>();
  const store = createLinkPreviewsStore({
    on: events.on as Client["on"],
    previews: {
      of: (url) => {
        asked.push(url);
        // What it throws is a rejection, as of the real one.
        return Promise.resolve().then(() => answer(url));
      },
    },
  }, {
    timers: createFakeTimers(),
    storage: () => ({
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
    }),
  });
  return { store, asked, events, kept };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("LinkPreviewsStore asks once for each address", async () => {
  const { store, asked } = open((url) => url === found.url ? found : null);
  assert.equal(store.known(found.url), undefined);
  for (let at = 0; at < 3; at++) store.want(found.url);
  store.want("https://b.example/");
  await settled();
  store.want(found.url);
  assert.deepEqual(store.known(found.url), found);
  assert.equal(store.known("https://b.example/"), null);
  assert.deepEqual(asked, [found.url, "https://b.example/"]);
});

Deno.test("LinkPreviewsStore asks no more where the server looks at no addresses", async () => {
  const { store, asked, events } = open(() => {
    throw new ApiError({ code: "not-found", status: 404, message: "off" });
  });
  store.want(found.url);
  await settled();
  store.want("https://b.example/");
  await settled();
  assert.deepEqual(asked, [found.url]);
  events.emit("session", { name: "signed-out" });
  store.want("https://b.example/");
  await settled();
  assert.equal(asked.length, 2, "for another account the answer may be another");
});

Deno.test("LinkPreviewsStore asks again for what could not be asked", async () => {
  let away = true;
  const { store } = open(() => {
    if (!away) return found;
    throw new ApiError({ code: "unavailable", status: 0, message: "away" });
  });
  store.want(found.url);
  await settled();
  assert.equal(store.known(found.url), undefined);
  away = false;
  store.want(found.url);
  await settled();
  assert.deepEqual(store.known(found.url), found);
});

Deno.test("LinkPreviewsStore keeps this device's choice", () => {
  const { store, kept } = open(() => null);
  assert.equal(store.shown.value, true);
  store.choose(false);
  assert.equal(store.shown.value, false);
  assert.equal(open(() => null, kept).store.shown.value, false);
});

Deno.test("LinkPreviewsStore asks again for what it has not remembered", async () => {
  const { store, asked } = open(() => found);
  store.want(found.url);
  await settled();
  for (let at = 0; at < 500; at++) store.known(`https://${at}.example/`);
  assert.equal(store.known(found.url), undefined);
  store.want(found.url);
  await settled();
  assert.deepEqual(store.known(found.url), found);
  assert.equal(asked.length, 2);
});

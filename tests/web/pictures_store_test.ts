/// <reference lib="dom" />
import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import type { Client } from "../../client/client.ts";
import { createEvents } from "../../client/events.ts";
import type { ClientEvents } from "../../client/views.ts";
import { createPicturesStore, type TakenPicture } from "../../web/stores/pictures.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { until } from "../support/people.ts";

function open(bytes = 10) {
  const events = createEvents<ClientEvents>();
  const asked: string[] = [];
  const made = new Set<string>();
  let away = false;
  const answer = (id: string) => {
    asked.push(id);
    if (away) throw new ApiError({ code: "unavailable", status: 0, message: "away" });
    return Promise.resolve(new Response(new Uint8Array(bytes)));
  };
  const fetching = async (id: string) => await answer(id);
  const store = createPicturesStore({
    on: events.on as Client["on"],
    files: { bytes: fetching, thumbnail: fetching },
    previews: { image: fetching },
  }, {
    timers: createFakeTimers(),
    urls: {
      createObjectURL: () => {
        const url = `blob:${made.size}-${asked.length}`;
        made.add(url);
        return url;
      },
      revokeObjectURL: (url) => void made.delete(url),
    },
  });
  return { store, events, asked, made, lose: (is: boolean) => away = is };
}

const come = (...taken: TakenPicture[]) =>
  until("they have come", () => taken.every(({ picture }) => picture.value.name !== "loading"));

Deno.test("PicturesStore fetches a picture once for all who show it", async () => {
  const { store, asked, made } = open();
  const one = store.take({ of: "file", id: "a" });
  const other = store.take({ of: "file", id: "a" });
  await come(one);
  assert.equal(one.picture.value.name, "ready");
  assert.equal(one.picture, other.picture);
  one.release();
  one.release();
  other.release();
  await come(store.take({ of: "file", id: "a" }), store.take({ of: "thumbnail", id: "a" }));
  assert.deepEqual(asked, ["a", "a"]);
  assert.equal(made.size, 2);
});

Deno.test("PicturesStore lets go of what was shown longest ago, and never of what is shown", async () => {
  const { store, made } = open(1024 * 1024);
  const held = store.take({ of: "file", id: "held" });
  for (let at = 0; at < 60; at++) {
    const taken = store.take({ of: "file", id: String(at) });
    await come(taken);
    taken.release();
  }
  assert.equal(made.size, 49, "48 MiB, and the one that is held");
  assert.equal(held.picture.value.name, "ready");
  assert.equal(store.take({ of: "file", id: "59" }).picture.value.name, "ready");
  const again = store.take({ of: "file", id: "0" });
  assert.equal(again.picture.value.name, "loading");
  await come(again, held);
});

Deno.test("PicturesStore says what failed, tries again when asked to, and when the connection is back", async () => {
  const { store, events, lose } = open();
  lose(true);
  const first = store.take({ of: "file", id: "a" });
  const second = store.take({ of: "file", id: "b" });
  await come(first, second);
  assert.equal(first.picture.value.name, "failed");
  lose(false);
  first.retry();
  await come(first);
  assert.equal(first.picture.value.name, "ready");
  assert.equal(second.picture.value.name, "failed");
  events.emit("connection", { name: "ready" });
  await come(second);
  assert.equal(second.picture.value.name, "ready");
});

Deno.test("PicturesStore forgets everything when somebody signs out", async () => {
  const { store, events, made } = open();
  const taken = store.take({ of: "file", id: "a" });
  await come(taken);
  const late = store.take({ of: "file", id: "b" });
  events.emit("session", { name: "signed-out" });
  // What is asked for afterwards comes afterwards.
  const next = store.take({ of: "file", id: "b" });
  await come(next);
  assert.equal(made.size, 1);
  next.release();
  assert.equal(late.picture.value.name, "loading", "what came too late is nobody's");
  taken.release();
  late.release();
});

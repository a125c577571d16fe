/// <reference lib="dom" />
import assert from "node:assert/strict";
import { createSignedMedia, type Playable } from "../../web/behaviours/signed_media.ts";

/** An element that plays what is at the addresses that work. */
function createPlayer(works: Set<string>): Playable & {
  error: MediaError | null;
  emit(event: string): void;
} {
  const events = new EventTarget();
  const emit = (event: string) => void events.dispatchEvent(new Event(event));
  return {
    src: "",
    currentTime: 0,
    error: null,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    play() {
      emit(works.has(this.src) ? "playing" : "error");
      return works.has(this.src) ? Promise.resolve() : Promise.reject(new Error("no source"));
    },
    pause: () => emit("pause"),
    removeAttribute() {
      this.src = "";
    },
    emit,
  };
}

function open(...working: string[]) {
  const works = new Set(working);
  const given: string[] = [];
  const player = createPlayer(works);
  const media = createSignedMedia(player, () => {
    const url = `address ${given.length + 1}`;
    given.push(url);
    return Promise.resolve(url);
  });
  return { works, given, player, media };
}

/** Addresses are given a moment later. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("SignedMedia asks for an address when somebody plays it, and goes on by that one", async () => {
  const { given, player, media } = open("address 1");
  assert.deepEqual([media.state.value, player.src], ["idle", ""]);
  media.seek(3);
  media.toggle();
  media.toggle();
  await settled();
  assert.deepEqual([media.state.value, player.currentTime], ["playing", 3]);
  media.toggle();
  assert.equal(media.state.value, "paused");
  media.seek(5);
  media.toggle();
  assert.deepEqual([media.state.value, player.currentTime], ["playing", 5]);
  assert.deepEqual(given, ["address 1"]);
  player.emit("ended");
  assert.deepEqual([media.state.value, media.at.value], ["paused", 0]);
});

Deno.test("SignedMedia goes on where it was by another address when one does not count any more", async () => {
  const { works, player, media } = open("address 1", "address 2");
  media.toggle();
  await settled();
  player.currentTime = 42;
  player.emit("timeupdate");
  media.toggle();
  works.delete("address 1");
  media.toggle();
  player.currentTime = 0;
  player.emit("timeupdate");
  await settled();
  assert.deepEqual([player.src, player.currentTime], ["address 2", 42]);
  assert.equal(media.state.value, "playing");
});

Deno.test("SignedMedia gives up where a new address does not work, until somebody tries again", async () => {
  const { works, given, media } = open();
  media.toggle();
  await settled();
  assert.deepEqual([media.state.value, given.length], ["failed", 1]);
  works.add("address 2");
  media.toggle();
  await settled();
  assert.equal(media.state.value, "playing");
});

Deno.test("SignedMedia opens nothing once it is closed", async () => {
  const { player, media } = open("address 1");
  media.toggle();
  media.close();
  await settled();
  assert.deepEqual([player.src, media.state.value], ["", "opening"]);
});

Deno.test("SignedMedia can be played again when another one was begun while it opened", async () => {
  const { given, player, media } = open("address 1");
  const { play } = player;
  // Nothing of it has come.
  player.play = () => new Promise(() => {});
  media.toggle();
  await settled();
  assert.equal(media.state.value, "opening");
  player.pause();
  assert.equal(media.state.value, "paused");
  player.play = play;
  media.toggle();
  assert.deepEqual([media.state.value, given.length], ["playing", 1]);
});

Deno.test("SignedMedia waits to be asked again where the browser plays nothing unasked", async () => {
  const { player, media } = open("address 1");
  const { play } = player;
  player.play = () => Promise.reject(new DOMException("not asked for", "NotAllowedError"));
  media.toggle();
  await settled();
  assert.equal(media.state.value, "paused");
  player.play = play;
  media.toggle();
  assert.equal(media.state.value, "playing");
});

Deno.test("SignedMedia does not ask again and again for what is damaged", async () => {
  const { given, player, media } = open("address 1", "address 2");
  media.toggle();
  await settled();
  player.error = {
    ...{ code: 3, message: "", MEDIA_ERR_ABORTED: 1, MEDIA_ERR_NETWORK: 2 },
    ...{ MEDIA_ERR_DECODE: 3, MEDIA_ERR_SRC_NOT_SUPPORTED: 4 },
  };
  player.emit("error");
  await settled();
  assert.deepEqual([media.state.value, given.length], ["failed", 1]);
});

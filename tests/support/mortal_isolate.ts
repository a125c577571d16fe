/// <reference lib="deno.worker" />
/** An isolate as isolates/inside.ts makes it, which dies when it is told to. */
import "../../isolates/inside.ts";
import type { IsolateOrder } from "../../isolates/inside.ts";

let name: string | undefined;
self.addEventListener("message", ({ data }: MessageEvent<IsolateOrder>) => {
  if ("start" in data) name = data.isolate;
});

const deaths = new BroadcastChannel("deaths of isolates");
deaths.addEventListener("message", ({ data }: MessageEvent<string>) => {
  if (data !== name) return;
  // Before the server's own listener, which would keep it alive.
  setTimeout(() => {
    throw new Error("told to die");
  });
});
globalThis.addEventListener("error", (event) => {
  if (event.message.includes("told to die")) event.stopImmediatePropagation();
});

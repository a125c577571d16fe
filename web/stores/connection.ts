import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { ConnectionState } from "../../client/views.ts";
import type { SessionStore } from "./session.ts";

/** A shorter break is over before anyone has read that there was one. */
const PATIENCE_MS = 2_000;

export type ConnectionStore = {
  state: ReadonlySignal<ConnectionState>;
  ready: ReadonlySignal<boolean>;
  /** Someone is signed in and there has been no connection for a while. */
  interrupted: ReadonlySignal<boolean>;
  retryNow(): void;
};

export function createConnectionStore(client: Client, session: SessionStore): ConnectionStore {
  const state = signal(client.connection.state());
  client.on("connection", (next) => {
    state.value = next;
  });
  const ready = computed(() => state.value.name === "ready");
  const down = computed(() => session.me.value !== undefined && !ready.value);
  const interrupted = signal(false);
  effect(() => {
    interrupted.value = false;
    if (!down.value) return;
    const timer = setTimeout(() => interrupted.value = true, PATIENCE_MS);
    return () => clearTimeout(timer);
  });
  // The network is back or somebody looks again: there is no point in waiting any longer.
  const hurry = () => {
    if (state.peek().name === "waiting") client.connection.retryNow();
  };
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") hurry();
  });
  return { state, ready, interrupted, retryNow: () => client.connection.retryNow() };
}

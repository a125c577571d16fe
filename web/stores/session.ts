import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { SessionState } from "../../client/views.ts";
import type { Me } from "../../lib/protocol/model.ts";

export type SessionStore = {
  state: ReadonlySignal<SessionState>;
  me: ReadonlySignal<Me | undefined>;
  /** The server could not say whether this device has a session. */
  unreachable: ReadonlySignal<boolean>;
  resume(): Promise<void>;
};

export function createSessionStore(client: Client): SessionStore {
  const state = signal(client.session.state());
  const unreachable = signal(false);
  client.on("session", (next) => {
    state.value = next;
  });
  return {
    state,
    me: computed(() => state.value.name === "signed-in" ? state.value.me : undefined),
    unreachable,
    async resume() {
      unreachable.value = false;
      try {
        state.value = await client.session.resume();
      } catch {
        unreachable.value = true;
      }
    },
  };
}

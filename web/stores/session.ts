import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { SessionState } from "../../client/views.ts";
import type { Me } from "../../lib/protocol/model.ts";

/** Milliseconds until the page asks again by itself. */
const ASK_AGAIN = 3_000;

export type SessionStore = {
  state: ReadonlySignal<SessionState>;
  me: ReadonlySignal<Me | undefined>;
  /** The server could not say whether this device has a session. It is asked until it can. */
  unreachable: ReadonlySignal<boolean>;
  /** It is being asked now. */
  asking: ReadonlySignal<boolean>;
  resume(): Promise<void>;
};

export function createSessionStore(client: Client): SessionStore {
  const state = signal(client.session.state());
  const unreachable = signal(false);
  const asking = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  client.on("session", (next) => {
    state.value = next;
  });

  const resume = async () => {
    if (asking.value) return;
    clearTimeout(timer);
    asking.value = true;
    try {
      state.value = await client.session.resume();
    } catch {
      unreachable.value = true;
      timer = setTimeout(() => void resume(), ASK_AGAIN);
    }
    asking.value = false;
  };
  addEventListener("online", () => {
    if (unreachable.peek() && state.peek().name === "unknown") void resume();
  });

  return {
    state,
    me: computed(() => state.value.name === "signed-in" ? state.value.me : undefined),
    unreachable,
    asking,
    resume,
  };
}
